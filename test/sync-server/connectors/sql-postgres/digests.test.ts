import { sqlPostgres } from '@datastores/sync-server/sql-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestsOf, itemsOf, rangesOf, saidOf } from '../../../support/digest-sums.ts';
import { type PostgresCluster, startPostgres } from '../../../support/postgres.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres({ fsync: 'off' });
});
afterAll(() => cluster[Symbol.asyncDispose]());

test('composite keys, child lists and all kinds of values are digested as they are read, wherever they change', async () => {
  const admin = await cluster.client();
  await admin.query(`
    create schema d;
    create table d.head (
      shop text, number int, note text, at timestamptz, amount numeric(12,3), share float8, doc jsonb, tags text[],
      raw bytea, unread text, primary key (shop, number));
    create table d.line (
      shop text, number int, place int, sku text, quantity int, unread text, primary key (shop, number, sku));
    insert into d.head select s, n, 'note ' || n, '2026-01-02 03:04:05.678901+00', n / 3.0, n / 7.0,
      jsonb_build_object('a', n), array['x', null, 'ü'], '\\x00ff', 'u'
      from unnest(array['Köln', 'köln', 'a,b', '"q"', '😀', '漢字', '']) s, generate_series(9, 11) n;
    insert into d.head (shop, number) values ('empty', 1);
    insert into d.line select shop, number, l, 'sku' || l, l, 'u' from d.head, generate_series(1, 3) l where number <> 10;`);
  const connector = sqlPostgres({
    connectionString: cluster.url('postgres'),
    pageSize: 5,
    streams: {
      heads: {
        table: 'd.head',
        key: ['shop', 'number'],
        columns: ['note', 'at', 'amount', 'share', 'doc', 'tags', 'raw'],
        mode: 'xmin',
        children: {
          lines: {
            table: 'd.line',
            key: ['sku'],
            foreignKey: ['shop', 'number'],
            columns: ['quantity'],
            orderBy: 'place',
          },
        },
      },
    },
  });
  const { heads } = connector.streams;
  if (!heads) throw new Error('there is no stream');
  const items = await itemsOf(heads);
  const ranges = rangesOf(items);
  expect(items).toHaveLength(22);
  expect(new Set(items.map(({ digest }) => digest)).size).toBe(22);
  let before = await digestsOf(heads, ranges);
  expect(before).toEqual(saidOf(items));
  const keyOf = (shop: string, number: number) =>
    items.findIndex(({ key }) => key === JSON.stringify([shop, String(number)]));
  const changedBy = async (sql: string) => {
    await admin.query(sql);
    const after = await digestsOf(heads, ranges);
    expect(after).toEqual(saidOf(await itemsOf(heads)));
    const found = after.flatMap((one, at) => (one === before[at] ? [] : [at]));
    before = after;
    return found;
  };
  const where = "where shop = '漢字' and number = 9";
  for (const set of [
    "note = ''",
    'note = null',
    "at = '2026-01-02 03:04:05.678902+00'",
    'amount = amount + 0.001',
    'share = share + 1e-12',
    `doc = '{"a": null}'`,
    "tags = array['x', '', 'ü']",
    "raw = '\\\\x00fe'",
  ]) {
    expect(await changedBy(`update d.head set ${set} ${where}`), set).toEqual([keyOf('漢字', 9)]);
  }
  expect(await changedBy(`update d.head set unread = 'v'; update d.line set unread = 'v'`)).toEqual([]);
  const line = "where shop = '😀' and number = 11 and sku = 'sku2'";
  expect(await changedBy(`update d.line set quantity = null ${line}`)).toEqual([keyOf('😀', 11)]);
  // Only the order of the list.
  expect(await changedBy(`update d.line set place = 9 ${line}`)).toEqual([keyOf('😀', 11)]);
  expect(await changedBy(`insert into d.line values ('empty', 1, 1, 'sku', 1)`)).toEqual([keyOf('empty', 1)]);
  const moved = await changedBy(`update d.line set number = 10 where shop = '"q"' and number = 9 and sku = 'sku1'`);
  expect(moved.toSorted()).toEqual([keyOf('"q"', 9), keyOf('"q"', 10)].toSorted());
  await connector.close();
  await admin.end();
});
