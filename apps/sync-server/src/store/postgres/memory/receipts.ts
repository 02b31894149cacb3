import type { OldReceipt, ReceiptTable, ScopedKey } from '../../work/receipt-table.ts';
import { numbers, texts } from '../columns.ts';
import { statement } from '../session.ts';
import { keyColumns } from './documents.ts';
import { documentName } from './names.ts';
import { createShelf } from './shelf.ts';
import type { Part, Space } from './space.ts';

interface Held extends OldReceipt {
  readonly settledAt: number | null;
}

/** The receipts that a transaction has in memory. */
export interface ReceiptPart extends ReceiptTable, Part {
  want(key: ScopedKey): void;
}

const READ = `select r.scope, r.datastore, r.id, r.replica, r.version, r.seq, r.settled_at, r.changed_at
  from unnest($1::text[], $2::text[], $3::text[]) as k (scope, datastore, id)
  cross join lateral (select * from receipt where scope = k.scope and datastore = k.datastore and id = k.id offset 0) r`;
const WRITE = `insert into receipt (scope, datastore, id, replica, version, seq, settled_at, changed_at)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
  on conflict (scope, datastore, id, replica) do update set version = excluded.version, seq = excluded.seq,
    settled_at = excluded.settled_at, changed_at = excluded.changed_at`;
const REMOVE = `delete from receipt where ctid = any (array(
  select r.ctid from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as k (scope, datastore, id, replica)
  cross join lateral (select ctid from receipt where scope = k.scope and datastore = k.datastore and id = k.id
    and replica = k.replica offset 0) r))`;

type Row = [
  scope: string,
  datastore: string,
  id: string,
  replica: string,
  version: string,
  seq: number,
  settledAt: number | null,
  changedAt: number,
];

/** Receipts in memory, all of a document together. */
export function createReceiptPart(space: Space): ReceiptPart {
  const shelf = createShelf<ScopedKey, readonly Held[]>(space, documentName);
  const of = (key: ScopedKey) => shelf.get(key) ?? [];
  const without = (key: ScopedKey, replica: string) => of(key).filter((one) => one.replica !== replica);
  const take = (rows: readonly Row[]) => {
    const byDocument = new Map<string, Held[]>();
    for (const [scope, datastore, id, replica, version, seq, settledAt, changedAt] of rows) {
      const held = { scope, datastore, id, replica, version, seq, settledAt, changedAt };
      const known = byDocument.get(documentName(held)) ?? [];
      byDocument.set(documentName(held), [...known, held]);
    }
    for (const held of byDocument.values()) if (held[0] !== undefined) shelf.put(held[0], held);
  };

  return {
    want: shelf.want,
    open: (key) => of(key).filter(({ settledAt }) => settledAt === null),
    find: (key, replica) => of(key).find((one) => one.replica === replica) ?? null,
    put: ({ scope, datastore, id, replica, version, seq }, { settledAt, now }) => {
      const held = { scope, datastore, id, replica, version, seq, settledAt, changedAt: now };
      shelf.set({ scope, datastore, id }, [...without(held, replica), held]);
    },
    remove: ({ scope, datastore, id, replica }) => {
      const key = { scope, datastore, id };
      shelf.set(key, without(key, replica));
    },
    loads: () => {
      const keys = shelf.takeWanted();
      return keys.length === 0 ? [] : [{ statement: statement(READ, ...keyColumns(keys)), take }];
    },
    writes: () => {
      const changes = shelf.changes();
      const put = changes.flatMap(({ value, before }) => (value ?? []).filter((one) => !before?.includes(one)));
      const gone = changes.flatMap(({ value, before }) =>
        (before ?? []).filter((one) => !value?.some(({ replica }) => replica === one.replica)),
      );
      return [
        ...(put.length === 0 ? [] : [write(put)]),
        ...(gone.length === 0
          ? []
          : [statement(REMOVE, ...keyColumns(gone), texts(gone.map(({ replica }) => replica)))]),
      ];
    },
  };
}

function write(rows: readonly Held[]) {
  return statement(
    WRITE,
    ...keyColumns(rows),
    texts(rows.map(({ replica }) => replica)),
    texts(rows.map(({ version }) => version)),
    numbers(rows.map(({ seq }) => seq)),
    numbers(rows.map(({ settledAt }) => settledAt)),
    numbers(rows.map(({ changedAt }) => changedAt)),
  );
}
