import { now } from 'rxdb/plugins/utils';
import { idsOf } from './block-format.ts';
import type { Collection } from './collection.ts';
import type { Commit, Connection } from './connection.ts';
import { answer, blockKey, blockRange, rangeOf } from './database.ts';
import type { Head } from './records.ts';

/** Documents purged per call: one transaction, for which writes wait. */
const STEP = 2_000;

/**
 * Purges documents deleted at least `minimumDeletedTime` milliseconds ago. False while more remain: call it again.
 *
 * Older states of a document may lie in other blocks, where they do not count because there is a newer one. They are struck
 * off together with it, or they would count again.
 */
export async function purge(
  connection: Connection,
  collection: Collection,
  minimumDeletedTime: number,
): Promise<boolean> {
  const deadline = now() - minimumDeletedTime;
  if (collection.table.deletedUntil(deadline, 1).length === 0) return true;
  return connection.write(async (commit) => {
    const { number, table } = collection;
    const slots = table.deletedUntil(deadline, STEP);
    if (slots.length === 0) return true;
    const ids = slots.map(table.idOf);
    const blocks = new Set(table.counts.stale());
    for (const slot of slots) {
      const place = table.placeOf(slot);
      if (typeof place !== 'string') blocks.add(place.block);
    }
    await strikeOff(collection, { ids: new Set(ids), blocks }, commit);
    for (const id of ids) commit.store('attachments').delete(rangeOf(connection.access, number, id));
    commit.take(1);
    const before = commit.position + 1;
    commit.log({ kind: 'purge', collection: number, ids }, () => {
      for (const id of ids) table.remove(id, before);
    });
    return slots.length < STEP;
  });
}

async function strikeOff(
  { number }: Collection,
  { ids, blocks }: { readonly ids: ReadonlySet<string>; readonly blocks: ReadonlySet<number> },
  { store }: Commit,
): Promise<void> {
  const keys = [...blocks].map((block) => blockKey(number, block));
  const heads = await Promise.all(keys.map((key) => answer<Head | undefined>(store('heads').get(key))));
  for (const head of heads) {
    if (head === undefined) continue;
    const seqs = head.seqs.slice();
    for (const [at, id] of idsOf(head).entries()) if (ids.has(id)) seqs[at] = 0;
    if (seqs.some((seq, at) => seq !== head.seqs[at]))
      store('heads').put({ ...head, seqs }, blockKey(number, head.block));
  }
}

/** Removes all documents of a collection. */
export async function removeAll(connection: Connection, collection: Collection, version: number): Promise<void> {
  const { access } = connection;
  const { name, number, table } = collection;
  await connection.write(async (commit) => {
    if (collection.removed) return;
    commit.store('heads').delete(blockRange(access, number));
    commit.store('blocks').delete(blockRange(access, number));
    commit.store('left').delete(rangeOf(access, number));
    commit.store('attachments').delete(rangeOf(access, number));
    commit.store('collections').delete([name, version]);
    commit.take(1);
    commit.log({ kind: 'removal', collection: number }, () => {
      collection.removed = true;
      table.clear();
    });
  });
}
