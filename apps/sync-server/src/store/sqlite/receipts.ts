import type { Database } from 'better-sqlite3';
import type { OldReceipt, ReceiptRow, ReceiptTable } from '../work/receipt-table.ts';

type Place = [scope: string, datastore: string, id: string, replica: string];

/** Receipts that have not moved for long: settled ones and others, each since before a time. */
export interface OldReceiptQuery {
  readonly settledBefore: number;
  readonly before: number;
  readonly limit: number;
}

/** Prepares the receipts of a store. */
export function prepareReceipts(database: Database) {
  const open = database.prepare<[string, string, string], ReceiptRow>(
    `select scope, datastore, id, replica, version, seq from receipt
     where scope = ? and datastore = ? and id = ? and settled_at is null`,
  );
  const find = database.prepare<Place, OldReceipt>(
    `select scope, datastore, id, replica, version, seq, changed_at as changedAt from receipt
     where scope = ? and datastore = ? and id = ? and replica = ?`,
  );
  const put = database.prepare<ReceiptRow & { settledAt: number | null; now: number }>(
    `insert into receipt (scope, datastore, id, replica, version, seq, settled_at, changed_at)
     values (:scope, :datastore, :id, :replica, :version, :seq, :settledAt, :now)
     on conflict (scope, datastore, id, replica) do update set
       version = excluded.version, seq = excluded.seq, settled_at = excluded.settled_at, changed_at = excluded.changed_at`,
  );
  const old = database.prepare<[number, number, number, number], OldReceipt>(
    `select scope, datastore, id, replica, version, seq, changed_at as changedAt from receipt
     where changed_at < ? and (settled_at < ? or changed_at < ?) order by changed_at limit ?`,
  );
  const remove = database.prepare<Place>(
    'delete from receipt where scope = ? and datastore = ? and id = ? and replica = ?',
  );
  const table: ReceiptTable = {
    open: ({ scope, datastore, id }) => open.all(scope, datastore, id),
    find: ({ scope, datastore, id }, replica) => find.get(scope, datastore, id, replica) ?? null,
    put: (row, at) => void put.run({ ...row, ...at }),
    remove: ({ scope, datastore, id, replica }) => void remove.run(scope, datastore, id, replica),
  };
  return {
    ...table,
    /** The oldest of those that have outlived their time. */
    old: ({ settledBefore, before, limit }: OldReceiptQuery): OldReceipt[] =>
      old.all(Math.max(settledBefore, before), settledBefore, before, limit),
  };
}
