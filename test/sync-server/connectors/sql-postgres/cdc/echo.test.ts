import { createContext } from '@datastores/sync-server/conformance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain, getOne } from '../../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { applied, push } from '../../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import type { PostgresCluster } from '../../../../support/postgres.ts';
import { openCdc, startLogical } from './cdc-place.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startLogical();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const ITEMS = `create table items (id serial primary key, name text, quantity int default 0);
  insert into items (name) select 'a' || n from generate_series(1, 4) n`;

test('our own writes do not come back, alone and together, and those of others behind them do', async () => {
  await using place = await openCdc(cluster, 'own', { ddl: ITEMS, streams: { items: { mintKey: 'sequence' } } });
  const { cursor } = await drain(place.items, null);
  const { key } = applied(await push(place.items, { id: 'w1', op: 'create', ref: 'r', data: { name: 'new' } }));
  applied(await push(place.items, { id: 'w2', op: 'update', key: '1', patch: { name: 'ours' } }));
  applied(await push(place.items, { id: 'w3', op: 'delete', key: '4' }));
  const both = ['2', '3'].map((one) => ({ id: `t${one}`, op: 'add', key: one, amounts: { quantity: 1 } }) as const);
  expect((await place.items.push?.(both, createContext()))?.map(({ is }) => is)).toEqual(['applied', 'applied']);
  const own = await drain(place.items, cursor);
  expect([own.items, own.deleted]).toEqual([[], []]);
  await place.sql(`update items set name = 'theirs' where id = any ('{2,${key}}')`);
  expect((await drain(place.items, own.cursor)).items.map((item) => item.key)).toEqual(['2', key]);
});

test('what triggers make of our writes elsewhere is told, in the stream and in others', async () => {
  const ddl = `${ITEMS}; create table totals (id int primary key, items int); insert into totals values (1, 4);
    create function follow() returns trigger language plpgsql as $$ begin
      update totals set items = items + 1;
      update items set quantity = 7 where id = 2;
      return new; end $$;
    create trigger follow after update of name on items for each row execute function follow()`;
  await using place = await openCdc(cluster, 'triggers', { ddl, streams: { items: {}, totals: {} } });
  const [items, totals] = [await drain(place.items, null), await drain(place.stream('totals'), null)];
  applied(await push(place.items, { id: 'w1', op: 'update', key: '1', patch: { name: 'ours' } }));
  expect((await drain(place.items, items.cursor)).items.map(({ key, data }) => [key, data.quantity])).toEqual([
    ['2', 7],
  ]);
  expect((await drain(place.stream('totals'), totals.cursor)).items.map(({ data }) => data.items)).toEqual([5]);
});

test('what a deferred trigger makes of our write, after we have read it back, is told', async () => {
  const ddl = `${ITEMS}; create function later() returns trigger language plpgsql as $$ begin
      update items set quantity = 99 where id = new.id; return new; end $$;
    create constraint trigger later after insert on items deferrable initially deferred
      for each row execute function later()`;
  await using place = await openCdc(cluster, 'deferred', { ddl, streams: { items: { mintKey: 'sequence' } } });
  const { cursor } = await drain(place.items, null);
  const { key, item } = applied(await push(place.items, { id: 'w1', op: 'create', ref: 'r', data: { name: 'new' } }));
  expect(item?.data.quantity).toBe(0);
  expect((await drain(place.items, cursor)).items).toMatchObject([await getOne(place.items, key)]);
});

test('two streams have a slot each, and what one of our servers writes is a change for another', async () => {
  const ddl = `${ITEMS}; create table others (id int primary key, name text)`;
  await using place = await openCdc(cluster, 'two', { ddl, streams: { items: {}, others: {} } });
  const [items, others] = [await drain(place.items, null), await drain(place.stream('others'), null)];
  await place.sql(`begin; insert into others values (1, 'x'); update items set name = 'b' where id = 1; commit`);
  expect((await drain(place.items, items.cursor)).items.map(({ data }) => data.name)).toEqual(['b']);
  const second = place.another({ replication: { name: 'two_second' } }).streams.items;
  if (!second) throw new Error('The second connector has no stream items.');
  const known = await drain(second, null);
  applied(await push(place.items, { id: 'w1', op: 'update', key: '1', patch: { name: 'of the first' } }));
  expect((await drain(second, known.cursor)).items.map(({ data }) => data.name)).toEqual(['of the first']);
  expect((await drain(place.stream('others'), others.cursor)).items.map(({ data }) => data.name)).toEqual(['x']);
  const slots = await place.sql(`select slot_name as name from pg_replication_slots where database = 'two' order by 1`);
  expect(slots.map(({ name }) => name)).toEqual(['two_items', 'two_others', 'two_second_items']);
});
