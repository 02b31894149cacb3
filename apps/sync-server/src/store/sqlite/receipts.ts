import { parseVersion, receiptId, receiptsScope } from '@datastores/core/protocol';
import { canonicalJson, type WriteReceipt, writeReceipts } from '@datastores/core/schema';
import type { Database } from 'better-sqlite3';
import type { DocumentKey } from '../document.ts';
import type { ReceiptClaim } from '../receipt.ts';
import type { Route } from '../store.ts';
import type { Work } from './group.ts';
import type { LinkTable } from './links.ts';
import type { OutboxTable } from './outbox.ts';
import type { OwnDocuments, OwnWrite } from './own-documents.ts';
import { entryOf, type ReceiptEntry } from './receipt-entries.ts';

/** Names a document of a scope. */
export interface ScopedKey extends DocumentKey {
  readonly scope: string;
}

/** What receipts are made from. */
export interface ReceiptSources {
  readonly outbox: OutboxTable;
  readonly links: LinkTable;
  readonly own: OwnDocuments;
  readonly routes: (datastore: string) => readonly Route[];
}

interface Row extends ScopedKey {
  readonly replica: string;
  readonly version: string;
  readonly seq: number;
}

/** Receipts that one transaction of a clean-up removes. */
const EXPIRY_STEP = 500;

/** Prepares the receipts of a store. */
export function prepareReceipts(database: Database, { outbox, links, own, routes }: ReceiptSources) {
  const open = database.prepare<[string, string, string], Row>(
    `select scope, datastore, id, replica, version, seq from receipt
     where scope = ? and datastore = ? and id = ? and settled_at is null`,
  );
  const find = database.prepare<[string, string, string, string], Row>(
    `select scope, datastore, id, replica, version, seq from receipt
     where scope = ? and datastore = ? and id = ? and replica = ?`,
  );
  const put = database.prepare<Row & { settledAt: number | null; now: number }>(
    `insert into receipt (scope, datastore, id, replica, version, seq, settled_at, changed_at)
     values (:scope, :datastore, :id, :replica, :version, :seq, :settledAt, :now)
     on conflict (scope, datastore, id, replica) do update set
       version = excluded.version, seq = excluded.seq, settled_at = excluded.settled_at, changed_at = excluded.changed_at`,
  );
  const old = database.prepare<[number, number, number], Row>(
    `select scope, datastore, id, replica, version, seq from receipt
     where changed_at < ? and (settled_at < ? or changed_at < ?) order by changed_at limit ${EXPIRY_STEP}`,
  );
  const remove = database.prepare<[string, string, string, string]>(
    'delete from receipt where scope = ? and datastore = ? and id = ? and replica = ?',
  );

  return {
    /** Notes accepted writes, with what systems have been told of them by now. */
    claim(scope: string, claims: readonly ReceiptClaim[], work: Work): void {
      const rows = claims.flatMap(({ datastore, id, replica, version }): Row[] => {
        const seq = version === null ? undefined : parseVersion(version)?.seq;
        if (version === null || seq === undefined || routes(datastore).length === 0) return [];
        const known = find.get(scope, datastore, id, replica);
        // A repeat that arrives late has been overtaken by a later write of the same replica.
        if (known !== undefined && known.seq >= seq) return [];
        return [{ scope, datastore, id, replica, version, seq }];
      });
      tell(rows, work);
    },
    /** Looks at the open receipts of documents again, whose lanes have changed. */
    refresh(keys: Iterable<ScopedKey>, work: Work): void {
      tell(
        [...distinct(keys)].flatMap(({ scope, datastore, id }) => open.all(scope, datastore, id)),
        work,
      );
    },
    /** Removes some receipts that were settled, or have not moved, since before these times. Says how many, up to the step. */
    expire({ settledBefore, before }: { readonly settledBefore: number; readonly before: number }, work: Work): number {
      const rows = old.all(Math.max(settledBefore, before), settledBefore, before);
      for (const { scope, datastore, id, replica } of rows) remove.run(scope, datastore, id, replica);
      own.put(
        rows.map((row) => ({ ...placeOf(row), body: null, before: own.find(placeOf(row)) })),
        work,
      );
      return rows.length;
    },
    step: EXPIRY_STEP,
  };

  function tell(rows: readonly Row[], work: Work): void {
    if (rows.length === 0) return;
    own.put(
      rows.flatMap((row) => receiptOf(row, work.now)),
      work,
    );
  }

  function receiptOf(row: Row, now: number): OwnWrite[] {
    const place = placeOf(row);
    const kept = own.find(place);
    const stored = kept === null || kept.document.deleted ? null : kept.document.body;
    const before = stored === null ? null : (JSON.parse(stored) as WriteReceipt);
    const systems = routes(row.datastore).flatMap((route) => entryIn(row, route, { before, now }) ?? []);
    if (systems.length === 0) return [];
    const settled = systems.every(({ state }) => state === 'confirmed');
    const { datastore, id: documentId, version } = row;
    const receipt: WriteReceipt = { id: place.id, datastore, documentId, version, settled, systems };
    const body = canonicalJson(receipt);
    if (body === stored) return [];
    put.run({ ...row, settledAt: settled ? now : null, now });
    return [{ ...place, body, before: kept }];
  }

  function entryIn(row: Row, route: Route, at: { readonly before: WriteReceipt | null; readonly now: number }) {
    const rows = outbox.lane({ ...route, ...row });
    const link = links.ofDocument(route, row.scope, row);
    const said = at.before?.systems.find(({ system, stream }) => system === route.system && stream === route.stream);
    // A receipt for an earlier write says nothing of this one.
    const before: ReceiptEntry | null = said !== undefined && at.before?.version === row.version ? said : null;
    if (rows.length === 0 && link === null && before === null) return null;
    return entryOf(route, { seq: row.seq, rows, reference: link?.key ?? null, before, now: at.now });
  }
}

function placeOf({ replica, datastore, id }: Row) {
  return { scope: receiptsScope(replica), datastore: writeReceipts.name, id: receiptId(datastore, id) };
}

function distinct(keys: Iterable<ScopedKey>): Iterable<ScopedKey> {
  const byName = new Map<string, ScopedKey>();
  for (const key of keys) byName.set(JSON.stringify([key.scope, key.datastore, key.id]), key);
  return byName.values();
}
