import { receiptId, receiptsScope } from '@datastores/core/protocol';
import { type WriteReceipt, writeReceipts } from '@datastores/core/schema';
import type { StoredDocument } from '../../../apps/sync-server/src/store/document.ts';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { SCOPES, type World } from '../world/world.ts';

/**
 * What receipts say at rest that is not so: the newest state of each document has one for the replica that wrote it, of
 * that very version, that waits for nothing; and a system has what a receipt says that it has confirmed.
 */
export async function receiptDifferences(world: World, store: Store): Promise<readonly string[]> {
  const found: string[] = [];
  for (const scope of SCOPES) {
    const page = await store.feed({ scope, datastore: 'item', after: 0, maxRows: 10_000, maxBytes: 1e9 });
    for (const { id } of page.rows) {
      const stored = await store.document(scope, { datastore: 'item', id });
      if (stored === null || stored.deleted || stored.author.startsWith('@')) continue;
      found.push(...(await differencesOf(world, store, stored)));
    }
  }
  return found;
}

async function differencesOf(world: World, store: Store, stored: StoredDocument): Promise<readonly string[]> {
  const { id, author, version } = stored;
  const key = { datastore: writeReceipts.name, id: receiptId('item', id) };
  const kept = await store.document(receiptsScope(author), key);
  if (kept === null || kept.deleted) return [`${author} has no receipt for ${id}`];
  const receipt = JSON.parse(kept.body) as WriteReceipt;
  if (receipt.version !== version) return [`the receipt for ${id} is of ${receipt.version}, not of ${version}`];
  return receipt.systems.flatMap(({ system, state, reference }) => {
    if (state === 'waiting' || state === 'sent') return [`the receipt for ${id} is ${state} at ${system}`];
    const records = world.systems[system]?.nasty.records;
    const isThere = reference !== undefined && records?.has(reference) === true;
    return state === 'confirmed' && !isThere ? [`${system} has confirmed ${id}, and has no ${String(reference)}`] : [];
  });
}
