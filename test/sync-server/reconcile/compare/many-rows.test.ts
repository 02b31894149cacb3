import { batch } from '@datastores/core';
import { sqlPostgres } from '@datastores/sync-server/sql-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { comparisonOf } from '../../../support/comparison.ts';
import { articleBinding, openBench } from '../../../support/engine.ts';
import { type PostgresCluster, startPostgres } from '../../../support/postgres.ts';

const ROWS = 100_000;

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres({ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' });
});
afterAll(() => cluster[Symbol.asyncDispose]());

test('5 rows changed behind our back among 100,000 are found, explained, repaired, and nothing else is touched', async () => {
  const admin = await cluster.client();
  await admin.query(`
    create schema erp;
    create table erp.items (
      sku text primary key, name text not null, price int, note text, tag text, changed timestamptz not null);
    insert into erp.items
      select 'sku-' || lpad(n::text, 6, '0'), 'Article number ' || n, n % 1000, repeat('some words ', 20), null,
        now() - interval '1 day' from generate_series(1, ${ROWS}) n`);
  const connector = sqlPostgres({
    connectionString: cluster.url('postgres'),
    pageSize: 2_000,
    streams: {
      items: {
        table: 'erp.items',
        key: 'sku',
        columns: ['name', 'price', 'note', 'tag'],
        mode: 'stamp',
        stamp: 'changed',
        overlapMs: 0,
      },
    },
  });
  const binding = articleBinding({ strategies: [batch({ everyMs: 3_600_000, size: 1 })] });
  await using bench = await openBench({
    nasty: { erp: { connector } },
    bindings: [binding],
    scanEveryMs: 3_600_000_000,
  });
  const head = async () => (await bench.store.head('main')).position.seq;
  expect(await head()).toBe(ROWS);
  // Ours is told as usual and then compared as any other.
  await bench.edit('items-sku-000500', { tag: 'ours' });
  await bench.engine.pushNow('erp');
  const { rows: written } = await admin.query("select tag from erp.items where sku = 'sku-000500'");
  expect(written).toEqual([{ tag: 'ours' }]);
  await admin.query(`
    update erp.items set price = -1 + 1 where sku = 'sku-000007';
    update erp.items set name = 'Renamed', price = 5 where sku = 'sku-050000';
    update erp.items set tag = 'theirs' where sku = 'sku-000500';
    delete from erp.items where sku = 'sku-077777';
    insert into erp.items values ('sku-055555x', 'New', 1, null, null, now() - interval '1 day')`);
  await bench.engine.pullNow('erp');
  expect(await bench.read('items-sku-050000')).toMatchObject({ price: 0 });
  const before = await head();

  const began = performance.now();
  await bench.engine.compareNow('erp', 'items');
  const took = performance.now() - began;
  const looked = await comparisonOf(bench);
  const drift = { same: ROWS - 4, different: 3, missingHere: 1, missingThere: 1, pending: 0, moved: 0 };
  expect(looked).toMatchObject({ repairs: false, way: 'digest', counts: drift, fields: { price: 2, name: 1, tag: 1 } });
  expect(looked.examples.map(({ is, key, repair }) => `${is} ${key} ${repair}`).sort()).toEqual([
    'different sku-000007 pull',
    'different sku-000500 push',
    'different sku-050000 pull',
    'missing-here sku-055555x pull',
    'missing-there sku-077777 pull',
  ]);
  expect(looked.examples.find(({ key }) => key === 'sku-050000')?.fields).toEqual([
    { field: 'name', here: 'Article number 50000', there: 'Renamed', repair: 'pull' },
    { field: 'price', here: 0, there: 5, repair: 'pull' },
  ]);
  expect(await head()).toBe(before);

  await bench.engine.scanNow('erp', 'items');
  await bench.engine.pushNow('erp');
  await bench.engine.idle();
  const repaired = await comparisonOf(bench);
  expect(repaired).toMatchObject({ repairs: true, way: 'digest', counts: drift });
  expect(await bench.read('items-sku-000007')).toMatchObject({ price: 0 });
  expect(await bench.read('items-sku-050000')).toMatchObject({ name: 'Renamed', price: 5 });
  expect(await bench.read('items-sku-055555x')).toMatchObject({ name: 'New' });
  expect(await bench.read('items-sku-077777')).toBeNull();
  const { rows: ours } = await admin.query('select tag from erp.items where tag is not null');
  expect(ours).toEqual([{ tag: 'ours' }]);
  // Three documents, the deletion, and the one of which the system is told again.
  expect(await head()).toBeLessThanOrEqual(before + 5);

  const { rows: whole } = await admin.query('select sum(length(to_json(i)::text)) as bytes from erp.items i');
  const bytes = Number(whole[0].bytes);
  console.info(
    `by digests ${JSON.stringify(looked.cost)} in ${Math.round(took)} ms; a full download is ${bytes} bytes`,
  );
  expect(looked.cost.records).toBeLessThan(100);
  expect(looked.cost.bytes * 100).toBeLessThan(bytes);
  expect(looked.cost.calls).toBeLessThan(10);
  await admin.end();
}, 120_000);
