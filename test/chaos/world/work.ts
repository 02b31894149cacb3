import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../bench/documents/random.ts';
import type { History, Noted } from '../oracle/history.ts';
import type { Write } from '../write.ts';
import { nextWrite } from './next-write.ts';
import type { ReplicaSeat } from './replica-seat.ts';

/** The application of a replica, which writes as long as it may. */
export interface Work {
  /** Resumes, or makes a pause; the write under way is still waited for. */
  go(): void;
  rest(): Promise<void>;
  /** Makes one write. Resolves when the replica has answered or its process is gone. */
  write(write: Write): Promise<Noted>;
  /** Makes one write that is drawn, on a document that no write of an unknown fate is on. */
  writeNext(): Promise<Noted | null>;
  /** After a start of the replica, before it is connected: finds out what became of writes that were not answered. */
  settleOpen(): Promise<void>;
  readonly failures: readonly string[];
  close(): Promise<void>;
}

/** Writes under way at a time, each on another document. */
const LANES = 2;

/** Starts to write as soon as it is told to go. */
export function createWork(options: {
  readonly seat: ReplicaSeat;
  readonly history: History;
  readonly random: Random;
  readonly pauseMs: number;
}): Work {
  const { seat, history, random, pauseMs } = options;
  const busy = new Set<string>();
  const failures: string[] = [];
  let number = 0;
  let working = false;
  let closed = false;
  const underway = new Set<Promise<unknown>>();

  async function write(next: Write): Promise<Noted> {
    const child = seat.child();
    busy.add(next.id);
    let noted: Noted | undefined;
    try {
      const seen = next.kind === 'remove' ? ((await child.ask('look', [next.id]))[0]?.document ?? null) : null;
      noted = history.begin(next, seen);
      const answer = await child.ask('write', next);
      if (answer.is === 'failed') {
        failures.push(`${answer.code}: ${answer.message}`);
        await settle([noted]);
      } else history.answered(noted, answer);
    } catch {
      // The process is gone: what was begun stays open until the next one is asked.
      noted ??= history.begin({ ...next, kind: next.kind }, null);
      if (noted.state === 'open' && noted.kind === 'remove' && noted.previous === '') noted.state = 'void';
    }
    if (noted.state !== 'open') busy.delete(next.id);
    return noted;
  }

  async function settle(open: readonly Noted[]): Promise<void> {
    if (open.length === 0) return;
    const sights = await seat.child().ask(
      'look',
      open.map(({ id }) => id),
    );
    for (const [at, noted] of open.entries()) {
      const sight = sights[at];
      if (sight !== undefined) history.resolve(noted, sight);
      busy.delete(noted.id);
    }
  }

  async function writeNext(): Promise<Noted | null> {
    number += 1;
    const next = nextWrite(random, seat.writer, number);
    return busy.has(next.id) ? null : write(next);
  }

  async function lane(): Promise<void> {
    while (!closed) {
      if (!working || !seat.isUp()) {
        await sleep(5);
        continue;
      }
      const step = writeNext();
      underway.add(step);
      await step;
      underway.delete(step);
      if (pauseMs > 0) await sleep(random.fraction() * pauseMs);
    }
  }

  const lanes = Array.from({ length: LANES }, lane);
  return {
    go: () => {
      working = true;
    },
    async rest() {
      working = false;
      await Promise.all(underway);
    },
    write,
    writeNext,
    settleOpen: () => settle(history.open(seat.writer)),
    failures,
    async close() {
      closed = true;
      await Promise.all(lanes);
    },
  };
}
