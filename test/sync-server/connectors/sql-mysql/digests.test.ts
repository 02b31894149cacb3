import { batch } from '@datastores/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { comparisonOf } from '../../../support/comparison.ts';
import { digestsOf, itemsOf, rangesOf, saidOf } from '../../../support/digest-sums.ts';
import { articleBinding, openBench } from '../../../support/engine.ts';
import { type MariadbServer, startMariadb } from '../../../support/mariadb.ts';
import { openTable, STAMP } from './open-table.ts';

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server[Symbol.asyncDispose]());

const ROWS = 3_000;

test('5 rows changed behind our back among 3,000 are found, explained and repaired with few readings', async () => {
  await using table = await openTable(server, 'behind', {
    columns: ['sku varchar(20) primary key', 'name varchar(50)', 'price int', 'changed datetime(6)'],
    stream: { key: 'sku', columns: ['name', 'price'], overlapMs: 0 },
    connector: { pageSize: 1_000 },
  });
  await table.sql(`insert into behind.items
    select concat('sku-', lpad(seq, 6, '0')), concat('Article ', seq), seq % 100, now(6) - interval 1 day
    from seq_1_to_${ROWS}`);
  const binding = articleBinding({
    fields: { name: { merge: 'there' }, price: { from: 'there' } },
    strategies: [batch({ everyMs: 3_600_000, size: 1 })],
  });
  await using bench = await openBench({ nasty: { erp: table }, bindings: [binding], scanEveryMs: 3_600_000_000 });
  expect((await bench.all()).size).toBe(ROWS);
  await table.sql("update behind.items set price = 500 where sku in ('sku-000001', 'sku-001500')");
  await table.sql("update behind.items set name = 'Renamed' where sku = 'sku-003000'");
  await table.sql("delete from behind.items where sku = 'sku-002000'");
  await table.sql("insert into behind.items values ('sku-zzz', 'New', 1, now(6) - interval 1 day)");
  await bench.engine.pullNow('erp');
  await bench.engine.scanNow('erp', 'items');
  const { way, counts, fields, cost } = await comparisonOf(bench);
  expect({ way, counts, fields }).toEqual({
    way: 'digest',
    counts: { same: ROWS - 4, different: 3, missingHere: 1, missingThere: 1, pending: 0, moved: 0 },
    fields: { price: 2, name: 1 },
  });
  console.info(`MariaDB: ${JSON.stringify(cost)}`);
  expect(cost.records).toBeLessThan(100);
  const documents = await bench.all();
  expect(documents.size).toBe(ROWS);
  expect(documents.get('items-sku-001500')).toMatchObject({ price: 500 });
  expect(documents.get('items-sku-003000')).toMatchObject({ name: 'Renamed' });
  expect(documents.has('items-sku-002000')).toBe(false);
  await bench.engine.compareNow('erp', 'items');
  expect((await comparisonOf(bench)).counts).toMatchObject({ same: ROWS, different: 0, missingThere: 0 });
}, 60_000);

test('composite keys, child lists and all kinds of values are digested as they are read, wherever they change', async () => {
  await using table = await openTable(server, 'kinds', {
    columns: [
      'shop varchar(20) character set utf8mb4 collate utf8mb4_bin',
      'number int',
      'note text character set utf8mb4',
      'amount decimal(12,3)',
      'share double',
      'raw varbinary(10)',
      'flag tinyint(1)',
      'at timestamp(6) null',
      'day date',
      'doc json',
      'gone tinyint not null default 0',
      STAMP,
      'primary key (shop, number)',
    ],
    stream: {
      key: ['shop', 'number'],
      columns: ['note', 'amount', 'share', 'raw', 'flag', 'at', 'day', 'doc'],
      tombstone: 'gone',
      children: {
        lines: {
          table: 'kinds.line',
          key: 'sku',
          foreignKey: ['shop', 'number'],
          columns: ['quantity'],
          orderBy: 'place',
        },
      },
    },
  });
  await table.sql(`create table line (shop varchar(20) character set utf8mb4 collate utf8mb4_bin, number int,
    sku varchar(9), place int, quantity int, primary key (shop, number, sku))`);
  const shops = ['Köln', 'köln', 'a,b', '"q"', '漢字', ''];
  for (const shop of shops) {
    await table.sql(`set names utf8mb4`);
    await table.sql(`insert into items (shop, number, note, amount, share, raw, flag, at, day, doc) select '${shop}', seq,
      concat('note ', seq), seq / 3, seq / 7, x'00ff', 1, '2026-01-02 03:04:05.678901', '2026-01-02', '{"a": 1}' from seq_9_to_11`);
    await table.sql(`insert into line select '${shop}', seq, 'one', 1, seq from seq_10_to_11`);
    await table.sql(`insert into line select '${shop}', seq, 'two', 2, seq from seq_10_to_11`);
  }
  const stream = table.items;
  const items = await itemsOf(stream);
  expect(items).toHaveLength(18);
  const ranges = rangesOf(items);
  let before = await digestsOf(stream, ranges);
  expect(before).toEqual(saidOf(items));
  const keyOf = (shop: string, number: number) =>
    items.findIndex(({ key }) => JSON.stringify(JSON.parse(key)) === JSON.stringify([shop, String(number)]));
  const changedBy = async (sql: string) => {
    await table.sql(sql);
    const after = await digestsOf(stream, ranges);
    const found = after.flatMap((one, at) => (one === before[at] ? [] : [at]));
    before = after;
    return found;
  };
  for (const set of [
    "note = ''",
    'note = null',
    "note = 'NULL'",
    'amount = amount + 0.001',
    'share = share + 1e-12',
    "raw = x'00fe'",
    'flag = null',
    "at = '2026-01-02 03:04:05.678902'",
    'day = null',
    `doc = '{"a": null}'`,
  ]) {
    expect(await changedBy(`update items set ${set} where shop = '漢字' and number = 9`), set).toEqual([
      keyOf('漢字', 9),
    ]);
  }
  expect(
    await changedBy("update line set quantity = null where shop = 'Köln' and number = 10 and sku = 'one'"),
  ).toEqual([keyOf('Köln', 10)]);
  expect(await changedBy("update line set place = 3 where shop = 'köln' and number = 11 and sku = 'one'")).toEqual([
    keyOf('köln', 11),
  ]);
  expect(await changedBy("update items set gone = 1 where shop = 'a,b' and number = 10")).toEqual([keyOf('a,b', 10)]);
  expect(await changedBy('update items set changed = now(6)')).toEqual([]);
}, 60_000);
