import type { BulkWriteRow } from 'rxdb';
import type { TextRow } from '../replica/direct-access.ts';
import type { Journal } from '../replica/journal.ts';
import { journalKey, type PullState } from '../replica/journal-entry.ts';
import type { ReplicatedStorage } from '../replica/journaled-storage.ts';
import { REPLICATION_CONTEXT, type ServerMeta } from '../replica/stored.ts';
import type { Document } from '../schema/document.ts';
import { savePullState } from './save-pull-state.ts';
import { createSliceSize, type SliceSize } from './slice-size.ts';
import { lostOf, writeRows } from './write-rows.ts';

/** How one pull writes. */
export interface PullWrites {
  /** How many documents are written in one go. */
  readonly slice: SliceSize;
  /** Stores new documents as the text they came as. Returns the ids of those that are there already. */
  readonly insert?: (rows: readonly TextRow<Document>[]) => ReadonlySet<string>;
  /** What the replica keeps of the server's side in documents that it has. */
  readonly known?: (ids: readonly string[]) => ReadonlyMap<string, ServerMeta>;
  /** Stores rows. Returns the ids of those that another tab was faster with. */
  readonly write: (rows: readonly BulkWriteRow<Document>[]) => Promise<ReadonlySet<string>>;
  /** Stores how far the pull has come, and from where: never durable before what it has written. See {@link savePullState}. */
  readonly save: (state: PullState, from: PullState) => Promise<void>;
  /** Resolves when all of it is durable. */
  readonly flush: () => Promise<void>;
  /** To be called at the end, also of a pull that failed. */
  readonly end: () => Promise<void>;
}

/** What a pull writes to. */
export interface PullTarget {
  readonly storage: ReplicatedStorage;
  readonly journal: Journal;
}

/**
 * Begins a pull. Where the storage can leave writes for later, pages are written so: they are on the server, a crash
 * loses documents and checkpoint together, and they are pulled again. Everything else is durable write by write. The
 * `first` pull finds hardly anything that is there already.
 */
export function beginPull({ storage: { instance }, journal }: PullTarget, first: boolean): PullWrites {
  const { direct } = instance;
  if (direct === undefined || journal.transactions !== direct.transactions) {
    return {
      slice: createSliceSize(MOST_FLUSHED),
      write: (rows) => writeRows(instance, rows),
      save: async (state, from) => void (await savePullState(journal, from, state)),
      flush: async () => undefined,
      end: async () => undefined,
    };
  }
  const { transactions } = direct;
  if (first) direct.beginLoad();
  const since = transactions.losses();
  const later = <Result>(work: () => Result) => transactions.later(work, since);
  return {
    slice: createSliceSize(),
    ...(first ? {} : { known: (ids: readonly string[]) => direct.readMeta(ids) as ReadonlyMap<string, ServerMeta> }),
    insert: (rows) => (rows.length === 0 ? NONE : later(() => direct.insertTexts(rows, REPLICATION_CONTEXT))),
    write: async (rows) =>
      rows.length === 0 ? NONE : lostOf(later(() => direct.bulkWrite([...rows], REPLICATION_CONTEXT))),
    save: async (state) => {
      const plan = await journal.plan([journalKey(state)], () => state);
      later(plan.write);
    },
    flush: () => transactions.flush(since),
    end: () => direct.endLoad(),
  };
}

/** Documents of a slice that is flushed by itself: in IndexedDB a flush costs as much as writing two hundred of them. */
const MOST_FLUSHED = 500;

const NONE: ReadonlySet<string> = new Set();
