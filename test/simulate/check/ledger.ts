import type { DatastoreName } from '../world/datastores.ts';

/** A local write of an application. */
export interface LocalWrite {
  readonly device: string;
  readonly datastore: DatastoreName;
  readonly id: string;
  readonly kind: 'edit' | 'insert' | 'delete' | 'count';
  /** What was written; for a deletion, what was unique to the document that went. */
  readonly value: string;
  readonly field: string;
  readonly amount: number;
  /** Order of all local writes. */
  readonly order: number;
  /** `unsure`: the process ended before the application heard of it. */
  state: 'running' | 'acknowledged' | 'failed' | 'unsure';
}

/** Every local write of a simulation. */
export interface Ledger {
  readonly writes: readonly LocalWrite[];
  /** Runs a write and notes what becomes of it. */
  run(write: Omit<LocalWrite, 'order' | 'state'>, work: () => Promise<unknown>): void;
  /** The process of a device has ended: nobody hears of what is still running. */
  died(device: string): void;
  /** A value that nobody has written before. */
  unique(device: string): string;
}

/** Makes an empty ledger. */
export function createLedger(): Ledger {
  const writes: LocalWrite[] = [];
  let values = 0;
  return {
    writes,
    run(write, work) {
      const entry: LocalWrite = { ...write, order: writes.length, state: 'running' };
      writes.push(entry);
      work().then(
        () => {
          if (entry.state === 'running') entry.state = 'acknowledged';
        },
        () => {
          if (entry.state === 'running') entry.state = 'failed';
        },
      );
    },
    died(device) {
      for (const write of writes) {
        if (write.device === device && write.state === 'running') write.state = 'unsure';
      }
    },
    unique(device) {
      values += 1;
      return `${device}#${values}`;
    },
  };
}
