import { type Packed, packBlocks, storeBlocks } from './block-format.ts';
import { type AnyStored, type Collection, entryOf } from './collection.ts';
import type { Commit, Connection } from './connection.ts';
import { answer, blockKey, rangeOf } from './database.ts';
import type { LogRecord } from './records.ts';
import { putBlock } from './write.ts';

/** Blocks taken up per run: so many are read and written in one transaction, while writes wait. */
const MOST_BLOCKS = 10;

/**
 * Moves what lies in the log only into blocks, together with what still counts of sparse blocks, and cuts the log. All of it
 * is one transaction: killed in the middle, a tab leaves everything as it was.
 *
 * A log record stays for one more run after its documents were moved, so that tabs that are a little behind can follow. What
 * belongs to collections that are not open here is put aside before its record goes: nobody here knows their columns.
 */
export async function pack(connection: Connection): Promise<void> {
  await connection.write(async (commit) => {
    const moves: Move[] = [];
    for (const collection of connection.collections()) moves.push(await gather(collection, commit));
    if (moves.every(({ gone, documents }) => gone.length === 0 && documents.length === 0)) return;
    await cutLog(connection, commit);
    for (const move of moves) {
      // Whatever was put aside for it is in its table, and therefore in blocks after this.
      commit.store('left').delete(rangeOf(connection.access, move.collection.number));
      storeMove(move, commit);
    }
  });
}

interface Move {
  readonly collection: Collection;
  readonly documents: readonly Packed[];
  readonly gone: readonly number[];
}

async function gather(collection: Collection, commit: Commit): Promise<Move> {
  const { number, table, texts } = collection;
  const logged = table.inLog();
  const sparse = table.counts.sparse(MOST_BLOCKS);
  // One block that is not full is no reason to write it anew.
  const gone = logged.length === 0 && sparse.length < 2 ? [] : sparse;
  const slots = [...logged, ...[...table.inBlocks(new Set(gone)).values()].flat()];
  const read = await texts.read(number, slots.map(table.placeOf), commit);
  if (read === null) throw new Error('A block vanished inside a transaction');
  const documents = slots.map((slot, at): Packed => {
    const text = read[at] as string;
    const document: AnyStored = JSON.parse(text);
    return { text, entry: entryOf(table.layout, document, table.seqOf(slot)) };
  });
  return { collection, documents, gone };
}

function storeMove({ collection, documents, gone }: Move, commit: Commit): void {
  if (documents.length === 0 && gone.length === 0) return;
  const { number, table } = collection;
  const blocks = packBlocks(documents, table.layout.keyPaths, (_, parts) => commit.take(parts));
  for (const block of gone) {
    commit.store('heads').delete(blockKey(number, block));
    for (let part = 0; part < table.counts.partsOf(block); part += 1) {
      commit.store('blocks').delete(blockKey(number, block + part));
    }
  }
  storeBlocks(number, blocks, commit);
  if (blocks.length === 0) commit.take(1);
  const record = { kind: 'move', collection: number, blocks: blocks.map(({ head }) => head.block), gone } as const;
  commit.log(record, () => {
    for (const block of blocks) putBlock(collection, block);
    for (const block of gone) table.counts.gone(block);
  });
}

/** Removes the records that the run before this one has left. */
async function cutLog({ access, collections }: Connection, { store, position }: Commit): Promise<void> {
  const packed = await answer<number | undefined>(store('meta').get('packed'));
  store('meta').put(position, 'packed');
  if (packed === undefined) return;
  const range = access.IDBKeyRange.upperBound(packed);
  const [keys, records] = await Promise.all([
    answer(store('log').getAllKeys(range)),
    answer<LogRecord[]>(store('log').getAll(range)),
  ]);
  const open = new Set(collections().map(({ number }) => number));
  for (const [at, record] of records.entries()) {
    const isLeft = (record.kind === 'write' || record.kind === 'purge') && !open.has(record.collection);
    if (isLeft) store('left').put(record, [record.collection, Number(keys[at])]);
  }
  store('log').delete(range);
}
