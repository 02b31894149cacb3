import { parseVersion, receiptId, receiptsScope } from '@datastores/core/protocol';
import { canonicalJson, type WriteReceipt, writeReceipts } from '@datastores/core/schema';
import type { ReceiptClaim } from '../receipt.ts';
import type { Route } from '../store.ts';
import type { Work } from './group.ts';
import { type OwnWrite, putOwnDocuments } from './own-documents.ts';
import { entryOf, type ReceiptEntry } from './receipt-entries.ts';
import type { OldReceipt, ReceiptRow, ScopedKey } from './receipt-table.ts';
import type { Tables } from './tables.ts';

/** What receipts are made from. */
export interface ReceiptContext {
  readonly tables: Tables;
  readonly routes: (datastore: string) => readonly Route[];
}

/** Notes accepted writes, with what systems have been told of them by now. */
export function claimReceipts(
  context: ReceiptContext,
  scope: string,
  { claims, work }: { readonly claims: readonly ReceiptClaim[]; readonly work: Work },
): void {
  const rows = claims.flatMap(({ datastore, id, replica, version }): ReceiptRow[] => {
    const seq = version === null ? undefined : parseVersion(version)?.seq;
    if (version === null || seq === undefined || context.routes(datastore).length === 0) return [];
    const known = context.tables.receipts.find({ scope, datastore, id }, replica);
    // A repeat that arrives late has been overtaken by a later write of the same replica.
    if (known !== null && known.seq >= seq) return [];
    return [{ scope, datastore, id, replica, version, seq }];
  });
  tell(context, rows, work);
}

/** Looks at the open receipts of documents again, whose lanes have changed. */
export function refreshReceipts(context: ReceiptContext, keys: Iterable<ScopedKey>, work: Work): void {
  const open = [...distinct(keys)].flatMap((key) => context.tables.receipts.open(key));
  tell(context, open, work);
}

/** Removes receipts that are still as they were found. Their replicas hear of it as of any deletion. */
export function expireReceipts({ tables }: ReceiptContext, found: readonly OldReceipt[], work: Work): void {
  const { receipts } = tables;
  const rows = found.filter((row) => receipts.find(row, row.replica)?.changedAt === row.changedAt);
  for (const row of rows) receipts.remove(row);
  const writes = rows.map(placeOf).map((place): OwnWrite => {
    return { ...place, body: null, before: tables.documents.find(place.scope, place) };
  });
  putOwnDocuments(tables, writes, work);
}

/** Where the receipt of a write is in the feed of its replica. */
export function placeOf({ replica, datastore, id }: ScopedKey & { readonly replica: string }) {
  return { scope: receiptsScope(replica), datastore: writeReceipts.name, id: receiptId(datastore, id) };
}

function tell(context: ReceiptContext, rows: readonly ReceiptRow[], work: Work): void {
  if (rows.length === 0) return;
  const writes = rows.flatMap((row) => receiptOf(context, row, work.now));
  putOwnDocuments(context.tables, writes, work);
}

function receiptOf(context: ReceiptContext, row: ReceiptRow, now: number): OwnWrite[] {
  const { tables, routes } = context;
  const place = placeOf(row);
  const kept = tables.documents.find(place.scope, place);
  const stored = kept === null || kept.document.deleted ? null : kept.document.body;
  const before = stored === null ? null : (JSON.parse(stored) as WriteReceipt);
  const systems = routes(row.datastore).flatMap((route) => entryIn(tables, row, { route, before, now }) ?? []);
  if (systems.length === 0) return [];
  const settled = systems.every(({ state }) => state === 'confirmed');
  const { datastore, id: documentId, version } = row;
  const receipt: WriteReceipt = { id: place.id, datastore, documentId, version, settled, systems };
  const body = canonicalJson(receipt);
  if (body === stored) return [];
  tables.receipts.put(row, { settledAt: settled ? now : null, now });
  return [{ ...place, body, before: kept }];
}

interface Asking {
  readonly route: Route;
  readonly before: WriteReceipt | null;
  readonly now: number;
}

function entryIn({ lanes, links }: Tables, row: ReceiptRow, { route, before: said, now }: Asking): ReceiptEntry | null {
  const { scope, datastore, id, version, seq } = row;
  const rows = lanes.rows({ ...route, scope, datastore, id });
  const link = links.ofDocument(route, scope, row);
  const entry = said?.systems.find(({ system, stream }) => system === route.system && stream === route.stream);
  // A receipt for an earlier write says nothing of this one.
  const before: ReceiptEntry | null = entry !== undefined && said?.version === version ? entry : null;
  if (rows.length === 0 && link === null && before === null) return null;
  return entryOf(route, { seq, rows, reference: link?.key ?? null, before, now });
}

function distinct(keys: Iterable<ScopedKey>): Iterable<ScopedKey> {
  const byName = new Map<string, ScopedKey>();
  for (const key of keys) byName.set(JSON.stringify([key.scope, key.datastore, key.id]), key);
  return byName.values();
}
