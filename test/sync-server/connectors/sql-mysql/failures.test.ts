import { createContext } from '@datastores/sync-server/conformance';
import { type Connector, SystemError } from '@datastores/sync-server/connector';
import { type SqlMysqlOptions, sqlMysql } from '@datastores/sync-server/sql-mysql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { create, push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { type MariadbServer, startMariadb } from '../../../support/mariadb.ts';
import { openProxy } from '../../../support/proxy.ts';
import { NUMBERED, openTable, STAMP } from './open-table.ts';

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb({ 'max-connections': '12' });
  const admin = await server.client();
  await admin.query(`create database shop; create table shop.items (${NUMBERED}, name text, ${STAMP});
    create user poor@'127.0.0.1' identified by 'secret'; grant select on shop.items to poor@'127.0.0.1';
    create user sync@'127.0.0.1' identified by 'secret'; grant select, insert, update, delete on shop.* to sync@'127.0.0.1';
    grant select, insert, update, delete, create on sync_ledger.* to sync@'127.0.0.1'`);
  await admin.end();
});
afterAll(() => server[Symbol.asyncDispose]());

const STREAM = { table: 'shop.items', key: 'id', mode: 'stamp', stamp: 'changed', mintKey: 'auto' } as const;

test('a wrong password, and a right that is missing, wait for a person', async () => {
  const wrong = open({ client: { ...login('poor'), password: 'wrong' } });
  await expect(wrong.check(createContext())).rejects.toMatchObject({
    kind: 'auth',
    message: expect.stringMatching(/Access denied.*password/s),
  });
  await wrong.close();
  const poor = open({ client: login('poor') });
  const { items } = poor.streams;
  if (!items) throw new Error('The connector has no stream items.');
  expect((await items.get(['1'], createContext())).size).toBe(0);
  const refused = { kind: 'auth', message: expect.stringMatching(/denied.*grants/s) };
  await expect(poor.check(createContext())).rejects.toMatchObject(refused);
  await expect(push(items, create('w1', 'a', 1))).rejects.toMatchObject(refused);
  await poor.close();
  const bare = open({ client: login('poor'), ledger: false });
  const write = { ...create('w1', 'a', 1), data: { name: 'a' } };
  await expect(push(bare.streams.items ?? items, write)).rejects.toMatchObject(refused);
  await bare.close();
  const admin = await server.client();
  expect((await admin.query('select * from shop.items'))[0]).toEqual([]);
  await admin.end();
});

test('the grants that the documentation lists are enough', async () => {
  const connector = open({ client: login('sync'), ledger: { database: 'sync_ledger' } });
  await connector.check(createContext());
  const { items } = connector.streams;
  if (!items) throw new Error('The connector has no stream items.');
  const outcome = await push(items, { ...create('w1', 'a', 1), data: { name: 'a' } });
  expect(outcome).toMatchObject({ is: 'applied' });
  expect((await drain(items, null)).items).toHaveLength(1);
  const key = outcome.is === 'applied' ? outcome.key : '';
  expect((await push(items, { id: 'w2', op: 'delete', key })).is).toBe('applied');
  await connector.close();
});

test('a database that does not exist waits for a person', async () => {
  const connector = open({ connectionString: server.url('nowhere') });
  const error: unknown = await connector.check(createContext()).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SystemError);
  expect(error).toMatchObject({ kind: 'shape', message: expect.stringContaining('nowhere') });
  await connector.close();
});

test('too many connections are a reason to wait, not to give up', async () => {
  const clients = [];
  for (;;) {
    const client = await server.client().catch(() => null);
    if (!client) break;
    clients.push(client);
  }
  const connector = open({ client: login('sync'), ledger: { database: 'sync_ledger' } });
  await expect(connector.check(createContext())).rejects.toMatchObject({
    kind: 'throttled',
    message: expect.stringMatching(/max_connections/),
  });
  for (const client of clients) await client.end();
  await expect
    .poll(() =>
      connector.check(createContext()).then(
        () => 'up',
        (error: SystemError) => error.kind,
      ),
    )
    .toBe('up');
  await connector.close();
});

test('a connection that ends while nobody uses it is replaced, and a server that is away is down', async () => {
  await using line = await openProxy(server.port);
  const connector = open({ client: { ...login('sync'), port: line.port }, ledger: { database: 'sync_ledger' } });
  await connector.check(createContext());
  line.cut();
  await expect.poll(() => connector.check(createContext()).catch((error: SystemError) => error.kind)).toBe('down');
  line.mend();
  await connector.check(createContext());
  await connector.close();
});

test('a statement that takes too long is ended, and leaves the connection as it was', async () => {
  const connector = open({
    statementTimeoutMs: 300,
    connections: 1,
    streams: { items: { ...STREAM, mintKey: { sql: 'sleep(20)' } } },
  });
  const { items } = connector.streams;
  if (!items) throw new Error('The connector has no stream items.');
  const begun = Date.now();
  const write = { ...create('w1', 'a', 1), data: { name: 'a' } };
  expect(await push(items, write)).toMatchObject({
    is: 'retry',
    reason: expect.stringContaining('max_statement_time'),
  });
  expect(Date.now() - begun).toBeLessThan(5_000);
  await connector.check(createContext());
  await connector.close();
});

test('a table without transactions is read, and is not written to', async () => {
  await using place = await openTable(server, 'old', {
    columns: [NUMBERED, 'name text', STAMP],
    table: 'engine = MyISAM',
    stream: { mintKey: 'auto' },
  });
  await place.sql("insert into items (name) values ('a')");
  expect((await drain(place.items, null)).items).not.toEqual([]);
  const write = { id: 'w1', op: 'update', key: '1', patch: { name: 'b' } } as const;
  await expect(push(place.items, write)).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringMatching(/MyISAM.*InnoDB/),
  });
  expect(await place.sql('select name from items')).toEqual([{ name: 'a' }]);
});

function login(user: string) {
  return { host: '127.0.0.1', port: server.port, user, password: 'secret' };
}

function open(given: Partial<SqlMysqlOptions>): Connector {
  const connection = given.client ? {} : { connectionString: server.url('shop') };
  return sqlMysql({ ...connection, streams: { items: STREAM }, ...given });
}
