import { createContext } from '@datastores/sync-server/conformance';
import { SystemError, type Write } from '@datastores/sync-server/connector';
import { sqlPostgres } from '@datastores/sync-server/sql-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, create, push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { startCutProxy } from '../../../support/cut-proxy.ts';
import { type PostgresCluster, startPostgres } from '../../../support/postgres.ts';

/** The statement as a whole; `read committed` contains the word too. */
const COMMIT = 'commit\0';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres();
});
afterAll(() => cluster[Symbol.asyncDispose]());

test('a connection cut while it commits leaves the outcome unknown, find knows it, and a repeat adds nothing', async () => {
  await using place = await openItems('committed');
  const write: Write = { id: 'w1', op: 'add', key: '1', amounts: { quantity: 5 } };
  const cut = place.proxy.cutAt(COMMIT, 'after');
  expect((await push(place.items, write)).is).toBe('unknown');
  await cut;
  expect(await place.items.find?.(write, createContext())).toMatchObject({ key: '1', data: { quantity: 15 } });
  expect(applied(await push(place.items, write)).item?.data.quantity).toBe(15);
});

test('a commit that never arrived is unknown too, find denies it, and a repeat makes it', async () => {
  await using place = await openItems('never');
  const write: Write = { id: 'w1', op: 'add', key: '1', amounts: { quantity: 5 } };
  const cut = place.proxy.cutAt(COMMIT, 'before');
  expect((await push(place.items, write)).is).toBe('unknown');
  await cut;
  expect(await place.items.find?.(write, createContext())).toBeNull();
  expect(applied(await push(place.items, write)).item?.data.quantity).toBe(15);
});

test('a connection cut before the commit leaves a write to be repeated, and the writes after it are made', async () => {
  await using place = await openItems('before');
  const cut = place.proxy.cutAt('insert into "before"', 'after');
  const outcomes = await place.items.push?.([create('w1', 'a', 1), create('w2', 'b', 2)], createContext());
  await cut;
  expect(outcomes?.map(({ is }) => is)).toEqual(['retry', 'applied']);
  expect(applied(await push(place.items, create('w1', 'a', 1))).item?.data).toMatchObject({ name: 'a' });
});

test('a lock held for too long puts a write off, and nothing of it stays', async () => {
  await using place = await openItems('locked');
  const other = await cluster.client();
  await other.query('begin; update "locked".items set name = name');
  const write: Write = { id: 'w1', op: 'update', key: '1', patch: { name: 'ours' } };
  expect((await push(place.items, write)).is).toBe('retry');
  await other.query('commit');
  await other.end();
  expect((await push(place.items, write)).is).toBe('applied');
});

test('a call that is cancelled while the database keeps it waiting ends at once', async () => {
  await using place = await openItems('cancelled', { lockTimeoutMs: 20_000 });
  const other = await cluster.client();
  await other.query('begin; lock table cancelled.items in access exclusive mode');
  const begun = Date.now();
  await expect(place.items.get(['1'], createContext(AbortSignal.timeout(100)))).rejects.toMatchObject({ kind: 'down' });
  const write: Write = { id: 'w1', op: 'update', key: '1', patch: { name: 'ours' } };
  const outcomes = await place.items.push?.([write], createContext(AbortSignal.timeout(100)));
  expect(outcomes).toMatchObject([{ is: 'retry' }]);
  expect(Date.now() - begun).toBeLessThan(5_000);
  await other.query('commit');
  await other.end();
  expect((await push(place.items, write)).is).toBe('applied');
});

test('without a ledger a create is found by its reference and adds are not claimed', async () => {
  await using place = await openItems('bare', { ledger: false });
  expect(place.items.traits).toMatchObject({ creates: 'findable', adds: false });
  const write = create('w1', 'a', 1);
  expect(await place.items.find?.(write, createContext())).toBeNull();
  const { key } = applied(await push(place.items, write));
  expect(await place.items.find?.(write, createContext())).toMatchObject({ key, data: { ref: 'ref-w1' } });
  const update: Write = { id: 'w2', op: 'update', key, patch: { name: 'b' } };
  expect(await place.items.find?.(update, createContext())).toBeNull();
  await push(place.items, update);
  expect(await place.items.find?.(update, createContext())).toMatchObject({ data: { name: 'b' } });
  const schemas = await cluster.client();
  expect((await schemas.query(`select 1 from pg_namespace where nspname = 'bare_ledger'`)).rowCount).toBe(0);
  await schemas.end();
});

test('a user who may not make the ledger is told so, before anything is written', async () => {
  const admin = await cluster.client();
  await admin.query(`create schema poor; create role poor login; grant usage on schema poor to poor;
    create table poor.items (id int primary key, name text); grant all on poor.items to poor`);
  const connector = sqlPostgres({
    client: { host: '127.0.0.1', port: cluster.port, user: 'poor', database: 'postgres' },
    streams: { items: { table: 'poor.items', key: 'id', mode: 'xmin' } },
  });
  const refused = { kind: 'auth', message: expect.stringMatching(/permission denied.*grants/s) };
  await expect(connector.check(createContext())).rejects.toMatchObject(refused);
  const writes = [{ ...create('w1', 'a', 1), data: { id: 1, name: 'a' } }];
  await expect(connector.streams.items?.push?.(writes, createContext())).rejects.toMatchObject(refused);
  expect((await admin.query('select * from poor.items')).rowCount).toBe(0);
  await connector.close();
  await admin.end();
});

test('a database that does not exist waits for a person', async () => {
  const connector = sqlPostgres({
    connectionString: cluster.url('nowhere'),
    streams: { items: { table: 'public.items', key: 'id', mode: 'xmin' } },
  });
  const error: unknown = await connector.check(createContext()).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SystemError);
  expect(error).toMatchObject({ kind: 'shape', message: expect.stringContaining('nowhere') });
  await connector.close();
});

async function openItems(schema: string, given: { readonly ledger?: false; readonly lockTimeoutMs?: number } = {}) {
  const admin = await cluster.client();
  await admin.query(`create schema "${schema}";
    create table "${schema}".items (id serial primary key, name text, quantity int, ref text);
    insert into "${schema}".items (name, quantity) values ('first', 10)`);
  await admin.end();
  const proxy = await startCutProxy(cluster.port);
  const connector = sqlPostgres({
    connectionString: `postgres://postgres@127.0.0.1:${proxy.port}/postgres`,
    streams: { items: { table: `${schema}.items`, key: 'id', mode: 'xmin', mintKey: 'sequence', ref: 'ref' } },
    ledger: given.ledger ?? { schema: `${schema}_ledger` },
    lockTimeoutMs: given.lockTimeoutMs ?? 300,
  });
  const { items } = connector.streams;
  if (!items) throw new Error('The connector has no stream items.');
  // So that the next commit is that of a write.
  await connector.check(createContext());
  return {
    items,
    proxy,
    async [Symbol.asyncDispose]() {
      await connector.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}
