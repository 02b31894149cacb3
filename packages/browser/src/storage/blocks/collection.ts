import type { EventBulk, RxDocumentData, RxStorageChangeEvent } from 'rxdb';
import { Subject } from 'rxjs';
import {
  type Block,
  fits,
  type Packed,
  packBlocks,
  putHead,
  type ReadHead,
  readHead,
  readParts,
} from './block-format.ts';
import { answer, blockRange, type IndexedDb, rangeOf, type Transaction } from './database.ts';
import type { Layout } from './layout.ts';
import type { Head, Logged } from './records.ts';
import { createTable, type Entry, type Table } from './table.ts';
import type { Texts } from './texts.ts';

/** A document of any collection as RxDB stores it. */
export type AnyStored = RxDocumentData<unknown>;

/**
 * A position in the order of commits. Not the time of writing: clocks step back, thousands of documents share one time, and
 * another tab may commit an older time later; each of these would hide changes from a reader.
 */
export interface Checkpoint {
  readonly seq: number;
}

/** The events of one write. */
export type Changes = EventBulk<RxStorageChangeEvent<AnyStored>, Checkpoint>;

/** A collection in one schema version, as it is open in this page; all instances of it share it. */
export interface Collection {
  readonly number: number;
  readonly name: string;
  readonly table: Table;
  readonly texts: Texts;
  /** Follows what other tabs have committed, after the write that is under way. */
  readonly look: () => Promise<void>;
  /** Events of this page and of others, each when it is in the table. */
  readonly changes$: Subject<Changes>;
  /** True once its removal was committed, by whatever tab. */
  removed: boolean;
}

/** Creates a collection that nothing is known of yet. */
export function createCollection(
  place: Pick<Collection, 'number' | 'name' | 'texts' | 'look'>,
  layout: Layout,
): Collection {
  return { ...place, table: createTable(layout), changes$: new Subject(), removed: false };
}

/** Reads the table of a collection anew: heads of blocks, then what lies in the log only. */
export async function load({ number, table }: Collection, access: IndexedDb, transaction: Transaction): Promise<void> {
  const { store } = transaction;
  const [heads, leftKeys, left, keys, log] = await Promise.all([
    answer<Head[]>(store('heads').getAll(blockRange(access, number))),
    answer(store('left').getAllKeys(rangeOf(access, number))),
    answer(store('left').getAll(rangeOf(access, number))),
    answer(store('log').getAllKeys()),
    answer(store('log').getAll()),
  ]);
  const fitting: ReadHead[] = [];
  for (const head of heads) {
    const read = readHead(head);
    fitting.push(fits(read, table.layout) ? read : await headAnew({ number, table }, head, transaction));
  }
  // Nothing is awaited from here on: who reads finds the table as it was or as it is.
  table.clear();
  for (const read of fitting) putHead(table, read);
  const logged = [
    ...left.map((record, at): Logged => ({ seq: (leftKeys[at] as [number, number])[1], record })),
    ...log.map((record, at): Logged => ({ seq: Number(keys[at]), record })),
  ];
  for (const { seq, record } of logged) {
    if (record.kind === 'begun' || record.collection !== number) continue;
    if (record.kind === 'write') {
      for (const [at, text] of record.texts.entries()) {
        table.put(entryOf(table.layout, JSON.parse(text), record.first + at), text);
      }
    }
    if (record.kind === 'purge') for (const id of record.ids) table.remove(id, seq);
  }
}

/** The schema has indexes that the block was written without. */
async function headAnew(
  { number, table: { layout } }: Pick<Collection, 'number' | 'table'>,
  head: Head,
  transaction: Transaction,
): Promise<ReadHead> {
  const texts = (await readParts(number, head, transaction)).flat();
  const packed = texts.map((text, at): Packed => {
    return { text, entry: entryOf(layout, JSON.parse(text), head.seqs[at] as number) };
  });
  const [block] = packBlocks(packed, layout.keyPaths, () => head.block) as [Block];
  return readHead({ ...block.head, perPart: head.perPart });
}

/** What a table keeps of a document. */
export function entryOf({ idOf, keysOf }: Layout, document: AnyStored, seq: number): Entry {
  const { _rev: rev, _deleted: deleted, _meta } = document;
  return { id: idOf(document), seq, rev, deleted, lwt: _meta.lwt, keys: keysOf(document) };
}
