import type { Counted } from '../../document.ts';
import type { FieldDigests } from '../../field-digests.ts';
import type { ScopedKey } from '../../work/receipt-table.ts';
import type { ReplicaTable } from '../../work/tables.ts';
import { numbers, texts } from '../columns.ts';
import { type Statement, statement } from '../session.ts';
import { documentName } from './names.ts';
import { type Changed, createShelf } from './shelf.ts';
import type { Part, Space } from './space.ts';

/** Names the credit of a replica on a document. */
export interface CreditKey extends ScopedKey {
  readonly replica: string;
}

/** The newest row of a replica on a document, and which of its states others have written over; both as JSON. */
export interface Credit {
  readonly base: string | null;
  readonly edit: number;
  readonly refused: boolean;
  readonly amounts: string;
  readonly overtaken: string | null;
}

/** The credits that a transaction has in memory. */
export interface ReplicaPart extends ReplicaTable, Part {
  want(key: CreditKey): void;
  put(key: CreditKey, credit: Credit | null): void;
}

const READ = `select c.scope, c.datastore, c.id, c.replica, c.base, c.edit, c.refused, c.amounts, c.overtaken
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as k (scope, datastore, id, replica)
  cross join lateral (select * from counted where scope = k.scope and datastore = k.datastore and id = k.id
    and replica = k.replica offset 0) c`;
const WRITE = `insert into counted (scope, datastore, id, replica, base, edit, refused, amounts, overtaken)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[],
    $9::text[])
  on conflict (scope, datastore, id, replica) do update set base = excluded.base, edit = excluded.edit,
    refused = excluded.refused, amounts = excluded.amounts, overtaken = excluded.overtaken`;
const REMOVE = `delete from counted where ctid = any (array(
  select c.ctid from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as k (scope, datastore, id, replica)
  cross join lateral (select ctid from counted where scope = k.scope and datastore = k.datastore and id = k.id
    and replica = k.replica offset 0) c))`;

type Row = [
  scope: string,
  datastore: string,
  id: string,
  replica: string,
  base: string | null,
  edit: number,
  refused: number,
  amounts: string,
  overtaken: string | null,
];

/** Credits of replicas in memory. */
export function createReplicaPart(space: Space): ReplicaPart {
  const shelf = createShelf<CreditKey, Credit>(
    space,
    (key) => `${key.replica.length},${key.replica}${documentName(key)}`,
  );
  const take = (rows: readonly Row[]) => {
    for (const [scope, datastore, id, replica, base, edit, refused, amounts, overtaken] of rows) {
      shelf.put({ scope, datastore, id, replica }, { base, edit, refused: refused === 1, amounts, overtaken });
    }
  };
  const overtaken: ReplicaTable['overtaken'] = (scope, { datastore, id }, replica) => {
    const text = shelf.get({ scope, datastore, id, replica })?.overtaken ?? null;
    return text === null ? [] : (JSON.parse(text) as readonly FieldDigests[]);
  };

  return {
    overtaken,
    want: shelf.want,
    put: shelf.put,
    counted: (scope, { datastore, id }, replica) => {
      const credit = shelf.get({ scope, datastore, id, replica });
      if (credit === null) return null;
      const { base, edit, refused } = credit;
      return { datastore, id, replica, base, edit, refused, amounts: JSON.parse(credit.amounts) as Counted['amounts'] };
    },
    putCounted: (scope, { datastore, id, replica, base, edit, refused, amounts }) => {
      const key = { scope, datastore, id, replica };
      const before = shelf.get(key);
      const overtaken = before !== null && before.base === base ? before.overtaken : null;
      shelf.set(key, { base, edit, refused, amounts: JSON.stringify(amounts), overtaken });
    },
    addCounted: (scope, { datastore, id, replica, base, edit }) => {
      const key = { scope, datastore, id, replica };
      if (shelf.get(key) === null) shelf.set(key, { base, edit, refused: false, amounts: '{}', overtaken: null });
    },
    removeCounted: (scope, { datastore, id }, replica) => shelf.set({ scope, datastore, id, replica }, null),
    addOvertaken: (scope, { datastore, id, replica }, state) => {
      const key = { scope, datastore, id, replica };
      const credit = shelf.get(key);
      if (credit === null) return;
      shelf.set(key, { ...credit, overtaken: JSON.stringify([...overtaken(scope, key, replica), state]) });
    },
    loads: () => {
      const keys = shelf.takeWanted();
      return keys.length === 0 ? [] : [{ statement: statement(READ, ...columnsOf(keys)), take }];
    },
    writes: () => {
      const changes = shelf.changes();
      return [...written(changes), ...removed(changes)];
    },
  };
}

function written(changes: readonly Changed<CreditKey, Credit>[]): Statement[] {
  const rows = changes.flatMap(({ key, value }) => (value === null ? [] : [{ ...key, ...value }]));
  if (rows.length === 0) return [];
  return [
    statement(
      WRITE,
      ...columnsOf(rows),
      texts(rows.map(({ base }) => base)),
      numbers(rows.map(({ edit }) => edit)),
      numbers(rows.map(({ refused }) => (refused ? 1 : 0))),
      texts(rows.map(({ amounts }) => amounts)),
      texts(rows.map(({ overtaken }) => overtaken)),
    ),
  ];
}

function removed(changes: readonly Changed<CreditKey, Credit>[]): Statement[] {
  const keys = changes.flatMap(({ key, value, before }) => (value === null && before !== null ? [key] : []));
  return keys.length === 0 ? [] : [statement(REMOVE, ...columnsOf(keys))];
}

function columnsOf(keys: readonly CreditKey[]): [Buffer, Buffer, Buffer, Buffer] {
  return [
    texts(keys.map(({ scope }) => scope)),
    texts(keys.map(({ datastore }) => datastore)),
    texts(keys.map(({ id }) => id)),
    texts(keys.map(({ replica }) => replica)),
  ];
}
