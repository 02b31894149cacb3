import type { Clock } from '../clock.ts';
import type { EngineStream } from './system-reach.ts';
import type { Timers } from './timers.ts';

/** When what notices told of is read. */
export interface NoticeTimes {
  /** A stream has something to read. */
  noticed(stream: EngineStream): void;
}

/** Notices come in swarms: one change over there sends several. What comes within this time is read together. */
const COLLECT_MS = 50;

/** Under a steady stream of notices a stream is read at most this often, however many come. */
const READ_EVERY_MS = 1_000;

/** Collects notices and calls `read` for them, soon in quiet times and at most once a second in others. */
export function createNoticeTimes(
  { timers, clock, name: kind }: { readonly timers: Timers; readonly clock: Clock; readonly name: string },
  read: (stream: EngineStream) => void,
): NoticeTimes {
  const collecting = new Set<string>();
  const lastRead = new Map<string, number>();
  return {
    noticed(stream) {
      const { name } = stream;
      // Not put off by each that follows, else a steady stream of them would be read never.
      if (collecting.has(name)) return;
      collecting.add(name);
      const now = clock.now();
      const soon = now + COLLECT_MS;
      // Bounded on both sides, since a clock may be put back.
      const at = Math.min(Math.max(soon, (lastRead.get(name) ?? 0) + READ_EVERY_MS), now + READ_EVERY_MS);
      timers.set(`${kind} ${name}`, at, () => {
        collecting.delete(name);
        lastRead.set(name, clock.now());
        read(stream);
      });
    },
  };
}
