import { eventDriven } from '@datastores/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { articleBinding, openBench } from '../../../../support/engine.ts';
import type { PostgresCluster } from '../../../../support/postgres.ts';
import { type CdcPlace, openCdc, startLogical } from './cdc-place.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startLogical();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const ITEMS = 'create table items (id int primary key, name text, price int)';
const bindings = [articleBinding({ strategies: [eventDriven()] })];

test('an engine that is killed at any point goes on without a loss, in the first reading and behind it', async () => {
  await using place = await openCdc(cluster, 'kills', { ddl: ITEMS, replication: { name: 'kills', live: false } });
  await place.sql(`insert into items select n, 'a' || n, n from generate_series(1, 12) n`);
  await using bench = await openBench({ nasty: {}, systems: erp(place), bindings });
  let key = 100;
  for (const calls of [1, 2, 3, 4, 5, 6, 7, 9, 11, 14]) {
    key += 1;
    await place.sql(`insert into items select n * 1000 + ${key}, 'new', n from generate_series(1, 7) n`);
    await place.sql(`update items set price = ${key} where id % 5 = ${key % 5}`);
    await place.sql(`delete from items where id = (select min(id) from items)`);
    // Everything is read anew from the third on, so that kills meet that too.
    if (calls === 3 || calls === 7) await place.sql(`select pg_drop_replication_slot('kills_items')`);
    bench.killAfter(calls);
    await bench.engine.pullNow('erp');
    await bench.restart({ systems: erp(place) });
  }
  await bench.engine.idle();
  const there = await place.sql('select id, name, price from items');
  const here = await bench.all();
  expect(Object.fromEntries([...here].map(([id, { name, price }]) => [id, { name, price }]))).toEqual(
    Object.fromEntries(there.map(({ id, name, price }) => [`items-${id}`, { name, price }])),
  );
});

function erp(place: CdcPlace) {
  return { erp: { connector: place.another() } };
}
