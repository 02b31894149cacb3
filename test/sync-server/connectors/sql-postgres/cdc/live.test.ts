import { eventDriven, realTime } from '@datastores/core';
import { createContext } from '@datastores/sync-server/conformance';
import type { Connector, Delivery } from '@datastores/sync-server/connector';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain } from '../../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { articleBinding, openBench } from '../../../../support/engine.ts';
import type { PostgresCluster } from '../../../../support/postgres.ts';
import { openCdc, startLogical } from './cdc-place.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startLogical();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const ITEMS = 'create table items (id int primary key, name text, price int)';
const POLL = { timeout: 10_000, interval: 20 };

test('a change is there at once although nothing is polled, and so is a deletion; our own push has no echo', async () => {
  await using place = await openCdc(cluster, 'engine', { ddl: ITEMS });
  const bindings = [articleBinding({ strategies: [realTime({ pollMs: 3_600_000 })] })];
  await using bench = await openBench({ nasty: { erp: place }, bindings });
  await listening(bench.engine);
  await place.sql(`insert into items values (1, 'New', 5)`);
  await expect.poll(() => bench.read('items-1'), POLL).toMatchObject({ name: 'New', price: 5 });
  await bench.edit('items-1', { name: 'Ours' });
  await expect.poll(() => place.sql('select name from items'), POLL).toEqual([{ name: 'Ours' }]);
  await place.sql('update items set price = 6');
  await expect.poll(() => bench.read('items-1'), POLL).toMatchObject({ name: 'Ours', price: 6 });
  await place.sql('delete from items');
  await expect.poll(() => bench.read('items-1'), POLL).toBeNull();
  expect((await bench.engine.status()).systems[0]?.events).toMatchObject({ state: 'listening', refused: 0 });
});

test('a lost slot and a truncated table end in a full comparison that loses nothing', async () => {
  await using place = await openCdc(cluster, 'recover', { ddl: ITEMS });
  await place.sql(`insert into items select n, 'a' || n, n from generate_series(1, 20) n`);
  const bindings = [articleBinding({ strategies: [eventDriven()] })];
  await using bench = await openBench({ nasty: { erp: place }, bindings });
  await listening(bench.engine);
  expect((await bench.all()).size).toBe(20);
  await bench.engine.idle();
  await place.sql(`select pg_drop_replication_slot('recover_items')`);
  await place.sql(
    `delete from items where id = 20; update items set name = 'b' where id = 1; insert into items values (21, 'c', 1)`,
  );
  await expect.poll(async () => (await bench.all()).size, POLL).toBe(20);
  await expect.poll(() => bench.read('items-20'), POLL).toBeNull();
  expect(await bench.read('items-1')).toMatchObject({ name: 'b' });
  expect(await bench.read('items-21')).toMatchObject({ name: 'c' });
  await bench.engine.idle();
  await place.sql(`begin; create temporary table kept as select * from items where id <> 5; truncate items;
    insert into items select * from kept; commit`);
  await expect.poll(() => bench.read('items-5'), POLL).toBeNull();
  expect((await bench.all()).size).toBe(19);
});

test('news name the stream they are of, and a stream that is first read later is listened to too', async () => {
  await using place = await openCdc(cluster, 'news', {
    ddl: `${ITEMS}; create table others (id int primary key)`,
    streams: { items: {}, others: {} },
  });
  await using feed = listenTo(place.connector);
  await drain(place.items, null);
  expect(await feed.next()).toEqual([]);
  expect(await feed.next()).toEqual(['items']);
  await place.sql(`insert into items values (1, 'a', 1)`);
  expect(await feed.next()).toEqual(['items']);
  await drain(place.stream('others'), null);
  expect(await feed.next()).toEqual([]);
  expect((await feed.next()).sort()).toEqual(['items', 'others']);
  await place.sql('insert into others values (1)');
  expect(await feed.next()).toEqual(['others']);
});

test('a stream that nothing happens to is named too, before much log has gathered', async () => {
  await using place = await openCdc(cluster, 'quiet', { ddl: `${ITEMS}; create table noise (text text)` });
  await using feed = listenTo(place.connector);
  await drain(place.items, null);
  expect([await feed.next(), await feed.next()]).toEqual([[], ['items']]);
  await place.sql('insert into noise select md5(n::text) from generate_series(1, 200000) n');
  expect(await feed.next()).toEqual(['items']);
});

test('a connection that is lost is told, and the next one begins with what was missed', async () => {
  await using place = await openCdc(cluster, 'cut', { ddl: ITEMS });
  await drain(place.items, null);
  await using feed = listenTo(place.connector);
  expect([await feed.next(), await feed.next()]).toEqual([[], ['items']]);
  await place.sql(`select pg_terminate_backend(active_pid) from pg_replication_slots where temporary`);
  await expect(feed.next()).rejects.toMatchObject({ name: 'SystemError', kind: 'down' });
  await using again = listenTo(place.connector);
  expect([await again.next(), await again.next()]).toEqual([[], ['items']]);
});

test('an end leaves no connection and no slot of the feed behind, by the signal and by close', async () => {
  await using place = await openCdc(cluster, 'ends', { ddl: ITEMS });
  await drain(place.items, null);
  const temporary = () => place.sql('select slot_name from pg_replication_slots where temporary');
  const feed = listenTo(place.connector);
  await feed.next();
  expect(await temporary()).toHaveLength(1);
  await feed[Symbol.asyncDispose]();
  await expect.poll(temporary, POLL).toEqual([]);
  const second = listenTo(place.connector);
  await second.next();
  await place.connector.close();
  expect(await second.next()).toEqual(['items']);
  expect(await second.ended()).toBe(true);
  await expect.poll(temporary, POLL).toEqual([]);
});

test('without live there is nothing to listen to', async () => {
  await using place = await openCdc(cluster, 'still', { ddl: ITEMS, replication: { name: 'still', live: false } });
  expect(place.connector.listen).toBeUndefined();
});

async function listening(engine: Awaited<ReturnType<typeof openBench>>['engine']): Promise<void> {
  await expect.poll(async () => (await engine.status()).systems[0]?.events.state, POLL).toBe('listening');
  await engine.idle();
}

function listenTo(connector: Connector) {
  const control = new AbortController();
  const deliveries: AsyncIterator<Delivery> | undefined = connector
    .listen?.(createContext(control.signal))
    [Symbol.asyncIterator]();
  return {
    /** The streams that the next delivery says have news. */
    async next(): Promise<string[]> {
      const next = await deliveries?.next();
      if (next === undefined || next.done) throw new Error('The feed has ended.');
      return next.value.notices.map(({ stream, keys, pull }) =>
        pull && keys.length === 0 ? stream : `keys of ${stream}`,
      );
    },
    ended: async () => (await deliveries?.next())?.done === true,
    async [Symbol.asyncDispose]() {
      control.abort();
      await deliveries?.return?.();
    },
  };
}
