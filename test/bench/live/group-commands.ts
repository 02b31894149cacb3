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
