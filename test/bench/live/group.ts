import type { ServerAddress } from '../ours/open-replica.ts';

/** Which clients a process is to hold. */
export interface GroupInput {
  /** An empty folder; each client has one of its own in it. */
  readonly folder: string;
  readonly server: ServerAddress;
  readonly count: number;
}

/** A value that one client writes and all see; each is greater than the one before. */
export interface LiveValue {
  readonly value: number;
}

/** What processes with live clients answer, ours and bare ones alike. Times are those of the clock that all processes share. */
export interface GroupCommands {
  readonly open: (input: GroupInput) => Promise<void>;
  /** Has the first client write the value; returns when it began to. Resolves when it is durable there. */
  readonly write: (input: LiveValue) => Promise<number>;
  /** Returns when each client of the process had the value; resolves when all have. */
  readonly seen: (input: LiveValue) => Promise<readonly number[]>;
  readonly close: () => Promise<void>;
}

/** Longest time until a value is everywhere; more is no slowness but a fault. */
const LOST_AFTER_MS = 60_000;

/** Notes when one client has seen which value. */
export interface Arrivals {
  /** The client has this value now, with whatever came before it. */
  arrived(value: number): void;
  /** When it had the value; waits for it. */
  at(value: number): Promise<number>;
}

/** Makes the notes of one client. */
export function createArrivals(now: () => number): Arrivals {
  const times = new Map<number, number>();
  let newest = 0;
  let waiting: { readonly value: number; readonly resolve: (time: number) => void } | null = null;
  return {
    arrived(value) {
      if (value <= newest) return;
      newest = value;
      times.set(value, now());
      if (waiting === null || waiting.value > value) return;
      waiting.resolve(times.get(value) as number);
      waiting = null;
    },
    at: (value) =>
      new Promise((resolve, reject) => {
        const known = times.get(value);
        if (known !== undefined) return resolve(known);
        const timer = setTimeout(() => reject(new Error(`The value ${value} did not arrive.`)), LOST_AFTER_MS);
        waiting = {
          value,
          resolve: (time) => {
            clearTimeout(timer);
            resolve(time);
          },
        };
      }),
  };
}
