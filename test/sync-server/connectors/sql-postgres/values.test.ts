import { createContext } from '@datastores/sync-server/conformance';
import type { ExternalRecord } from '@datastores/sync-server/connector';
import { sqlPostgres } from '@datastores/sync-server/sql-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getOne } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { applied, push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { type PostgresCluster, startPostgres } from '../../../support/postgres.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  // A zone with summer time and another date style: what is read must not depend on them.
  cluster = await startPostgres({ timezone: 'Europe/Berlin', datestyle: 'German, DMY' });
});
afterAll(() => cluster[Symbol.asyncDispose]());

const TYPES = {
  a_boolean: ['boolean', true],
  a_smallint: ['smallint', -3],
  a_bigint: ['bigint', 9007199254740991],
  a_large_bigint: ['bigint', '9007199254740993'],
  a_real: ['real', 0.15],
  a_double: ['double precision', 0.1],
  not_a_number: ['real', 'NaN'],
  a_price: ['numeric(10,2)', 19.95],
  an_exact_number: ['numeric', '123456789012345678901234567890.0001'],
  a_date: ['date', '2026-07-01'],
  a_time: ['timestamptz', '2026-07-01T10:00:00.123456Z'],
  a_local_time: ['timestamp', '2026-07-01T10:00:00'],
  forever: ['timestamptz', 'infinity'],
  some_json: ['jsonb', { a: [1, null, 'x'] }],
  a_json_text: ['jsonb', 'text'],
  a_json_list: ['json', [1, 2]],
  some_bytes: ['bytea', 'AP8Q'],
  a_uuid: ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  texts: ['text[]', ['a', null, 'b "c", {d}']],
  numbers: ['int[]', [1, 2]],
  a_text: ['text', 'Zoë 🙂 \\ \' " \n'],
  nothing: ['text', null],
} as const satisfies Record<string, readonly [string, ExternalRecord[string]]>;

test('values of every kind come back as they were written, losing nothing', async () => {
  await using place = await openTable(
    'types',
    Object.entries(TYPES).map(([name, [type]]) => `${name} ${type}`),
  );
  const data = Object.fromEntries(Object.entries(TYPES).map(([name, [, value]]) => [name, value]));
  const { key, item } = applied(await push(place.items, { id: 'w1', op: 'create', ref: 'r1', data }));
  expect(item?.data).toEqual({ id: 1, ...data });
  expect((await getOne(place.items, key)).data).toEqual(item?.data);
  expect(applied(await push(place.items, { id: 'w2', op: 'update', key, patch: data })).item?.data).toEqual(item?.data);
});

const BAD = {
  a_boolean: 'perhaps',
  a_smallint: 40_000,
  a_price: 123456789.5,
  a_date: '2026-02-30',
  some_bytes: 'not base64!',
  numbers: 7,
  a_text: { an: 'object' },
  a_uuid: 'nonsense',
} as const;

test.each(Object.entries(BAD))(
  'a value that %s cannot hold is rejected, naming the field and what it wants',
  async (field, value) => {
    const columns = Object.entries(TYPES).map(([name, [type]]) => `${name} ${type}`);
    await using place = await openTable(`bad_${field}`, columns);
    const outcome = await push(place.items, { id: 'w1', op: 'create', ref: 'r1', data: { a_real: 1, [field]: value } });
    expect(outcome).toMatchObject({ is: 'rejected', field, reason: expect.stringContaining(field) });
  },
);

test('rules of the table are told with the column: not null, check, unique, computed, trigger', async () => {
  await using place = await openTable('rules', [
    'name text not null unique',
    'stock int check (stock >= 0)',
    'twice int generated always as (stock * 2) stored',
  ]);
  await place.sql(`create function rules.no() returns trigger language plpgsql as
    $$ begin if new.name = 'forbidden' then raise exception 'this name is not wanted'; end if; return new; end $$;
    create trigger no before insert on rules.items for each row execute function rules.no()`);
  const attempt = (data: ExternalRecord) => push(place.items, { id: 'w1', op: 'create', ref: 'r1', data });
  expect(await attempt({ stock: 1 })).toMatchObject({ is: 'rejected', field: 'name' });
  expect(await attempt({ name: 'a', stock: -1 })).toMatchObject({ is: 'rejected', field: 'stock' });
  expect(await attempt({ name: 'a', twice: 4 })).toMatchObject({ is: 'rejected', field: 'twice' });
  expect(await attempt({ name: 'forbidden' })).toMatchObject({ is: 'rejected', reason: 'this name is not wanted.' });
  const { key, item } = applied(await attempt({ name: 'a', stock: 2 }));
  expect(item?.data).toEqual({ id: Number(key), name: 'a', stock: 2, twice: 4 });
  expect(await push(place.items, { id: 'w2', op: 'create', ref: 'r2', data: { name: 'a' } })).toMatchObject({
    is: 'rejected',
    field: 'name',
    reason: expect.stringContaining('items_name_key'),
  });
  expect(await push(place.items, { id: 'w3', op: 'update', key, patch: { id: 9 } })).toMatchObject({
    is: 'rejected',
    field: 'id',
  });
  expect(await push(place.items, { id: 'w4', op: 'add', key, amounts: { stock: -3 } })).toMatchObject({
    is: 'rejected',
    field: 'stock',
  });
  expect(await push(place.items, { id: 'w5', op: 'add', key, amounts: { stock: 0.5 } })).toMatchObject({
    is: 'rejected',
    field: 'stock',
  });
});

async function openTable(schema: string, columns: readonly string[]) {
  const admin = await cluster.client();
  await admin.query(
    `create schema ${schema}; create table ${schema}.items (id serial primary key, ${columns.join(', ')})`,
  );
  const connector = sqlPostgres({
    connectionString: cluster.url('postgres'),
    streams: { items: { table: `${schema}.items`, key: 'id', mode: 'xmin', mintKey: 'sequence' } },
    ledger: { schema: `${schema}_ledger` },
  });
  await connector.check(createContext());
  const { items } = connector.streams;
  if (!items) throw new Error('The connector has no stream items.');
  return {
    items,
    sql: (text: string) => admin.query(text),
    async [Symbol.asyncDispose]() {
      await connector.close();
      await admin.end();
    },
  };
}
