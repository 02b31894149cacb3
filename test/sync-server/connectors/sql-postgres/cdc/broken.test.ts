import { createContext } from '@datastores/sync-server/conformance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain, namesOf } from '../../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { type PostgresCluster, startPostgres } from '../../../../support/postgres.ts';
import { type CdcPlace, openCdc, startLogical } from './cdc-place.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startLogical();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const ITEMS = 'create table items (id int primary key, name text)';

/** What breaks the thread, each in a database `broken`. */
const BREAKS: Readonly<Record<string, (place: CdcPlace) => Promise<unknown>>> = {
  'a slot that was dropped': (place) => place.sql("select pg_drop_replication_slot('broken_items')"),
  'a slot that was dropped and made anew': async (place) => {
    await place.sql("select pg_drop_replication_slot('broken_items')");
    await place.sql("insert into items values (8, 'between')");
    await place.sql("select pg_create_logical_replication_slot('broken_items', 'pgoutput')");
  },
  'a slot that another server read on': async (place) => {
    await place.sql("insert into items values (8, 'between')");
    await place.sql("select pg_replication_slot_advance('broken_items', pg_current_wal_lsn())");
  },
  'a publication that was dropped and made anew': (place) =>
    place.sql(`drop publication broken_items; insert into items values (8, 'between');
      create publication broken_items for table items`),
  'a table that was taken out of its publication for a while': (place) =>
    place.sql(`create table other (id int primary key); alter publication broken_items set table other;
      insert into items values (8, 'between'); alter publication broken_items set table items`),
  'a table that was replaced': (place) =>
    place.sql(`create table copy (like items including all); insert into copy select * from items where id < 3;
      drop table items; alter table copy rename to items`),
  'a truncated table': (place) => place.sql('truncate items'),
};

for (const [what, happens] of Object.entries(BREAKS)) {
  test(`${what} is noticed, and a new beginning tells everything there is`, async () => {
    await using place = await openCdc(cluster, 'broken', { ddl: ITEMS });
    try {
      await place.sql(`insert into items select n, 'a' || n from generate_series(1, 4) n`);
      const { cursor } = await drain(place.items, null);
      await happens(place);
      await expect(drain(place.items, cursor)).rejects.toMatchObject({ kind: 'cursor-lost' });
      const there = (await place.sql('select name from items order by name')).map(({ name }) => name);
      const anew = await drain(place.items, null);
      expect(namesOf(anew.items)).toEqual(there);
      await place.sql("insert into items values (9, 'after')");
      expect(namesOf((await drain(place.items, anew.cursor)).items)).toEqual(['after']);
    } finally {
      await place[Symbol.asyncDispose]();
      const admin = await cluster.client();
      await admin.query('drop database broken');
      await admin.end();
    }
  });
}

test('a slot that the database gave up because it held back too much is noticed and made anew', async () => {
  await using small = await startLogical({ max_slot_wal_keep_size: '1MB', min_wal_size: '32MB', max_wal_size: '32MB' });
  await using place = await openCdc(small, 'gave_up', { ddl: ITEMS });
  const { cursor } = await drain(place.items, null);
  for (let n = 0; n < 6; n += 1) {
    await place.sql(`insert into items values (${n}, 'a'); select pg_switch_wal(); checkpoint`);
  }
  const [slot] = await place.sql('select wal_status from pg_replication_slots');
  expect(slot?.wal_status).toBe('lost');
  await expect(drain(place.items, cursor)).rejects.toMatchObject({
    kind: 'cursor-lost',
    message: expect.stringContaining('invalidated'),
  });
  const anew = await drain(place.items, null);
  expect(anew.items).toHaveLength(6);
  await place.sql(`insert into items values (10, 'b')`);
  expect((await drain(place.items, anew.cursor)).items).toHaveLength(1);
});

test('a database that crashes tells again what was not taken over, and its slot goes on', async () => {
  await using own = await startLogical();
  await using place = await openCdc(own, 'crash', { ddl: ITEMS });
  await place.sql(`insert into items values (1, 'a')`);
  const first = await drain(place.items, null);
  await place.sql(`insert into items values (2, 'b')`);
  const second = await drain(place.items, first.cursor);
  await place.sql(`insert into items values (3, 'c')`);
  const third = await drain(place.items, second.cursor);
  await own.stop('immediate');
  await own.start();
  expect(namesOf((await drain(place.items, second.cursor)).items)).toEqual(['c']);
  expect((await drain(place.items, third.cursor)).items).toEqual([]);
  const client = await own.client('crash');
  await client.query(`delete from items where id = 1`);
  await client.end();
  expect((await drain(place.items, third.cursor)).deleted).toEqual(['1']);
});

test('a database without a logical log says so at check, with what to do', async () => {
  await using plain = await startPostgres({ wal_level: 'replica' });
  await using place = await openCdc(plain, 'plain', { ddl: ITEMS });
  await expect(place.connector.check(createContext())).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringMatching(/wal_level is replica.*alter system set wal_level = 'logical'/),
  });
});

test('a table whose log does not say which record is meant is refused before anything is published', async () => {
  const ddl = `${ITEMS}; create table bare (id int, name text); create unique index on bare (id);
    create table lines (id int primary key, item int, text text)`;
  const lines = { table: 'public.lines', key: 'id', foreignKey: 'item' };
  const streams = { items: { children: { lines } }, bare: {} };
  await using place = await openCdc(cluster, 'identity', { ddl, streams });
  await place.sql('create unique index on lines (item, id)');
  await expect(drain(place.items, null)).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('alter table public.lines replica identity full;'),
  });
  await expect(drain(place.stream('bare'), null)).rejects.toMatchObject({
    message: expect.stringContaining('alter table public.bare replica identity full;'),
  });
  expect(await place.sql('select pubname from pg_publication')).toEqual([]);
  // Published without an identity, this would fail for everybody.
  await place.sql(`insert into bare values (1, 'a'); update bare set name = 'b'; delete from bare`);
  await place.sql('alter table lines replica identity full');
  await drain(place.items, null);
});

test('a user without rights is told the statements that somebody else has to run', async () => {
  await using place = await openCdc(cluster, 'rights', { ddl: ITEMS });
  await place.sql(
    `create role reader login; grant select on items to reader; grant create on database rights to reader`,
  );
  const url = place.options.connectionString?.replace('postgres@', 'reader@');
  const read = async () => {
    const { items } = place.another({ connectionString: url, ledger: false }).streams;
    return items ? drain(items, null) : null;
  };
  const refused = (text: string) =>
    expect(read()).rejects.toMatchObject({ kind: 'auth', message: expect.stringContaining(text) });
  await refused('create publication "rights_items" for table public.items;');
  await place.sql('create publication "rights_items" for table public.items');
  await refused('alter role');
  await place.sql('alter role reader replication');
  expect((await read())?.items).toEqual([]);
  await place.sql('drop publication rights_items; create publication rights_items');
  await refused('alter publication "rights_items" add table public.items;');
});

test('a publication or slot that cannot serve is refused with what to change', async () => {
  await using place = await openCdc(cluster, 'unfit', {
    ddl: `${ITEMS}; create unlogged table fast (id int primary key)`,
    streams: { items: {}, fast: {} },
  });
  const refused = (text: RegExp) =>
    expect(drain(place.items, null)).rejects.toMatchObject({ kind: 'shape', message: expect.stringMatching(text) });
  await place.sql(`create publication unfit_items for table items with (publish = 'insert')`);
  await refused(/set \(publish = 'insert, update, delete, truncate'\)/);
  await place.sql(`drop publication unfit_items; create publication unfit_items for table items where (id > 5)`);
  await refused(/row filter/);
  await place.sql('drop publication unfit_items');
  await place.sql(`select pg_create_physical_replication_slot('unfit_items')`);
  await refused(/used for something else.*replication\.name/);
  await place.sql(`select pg_drop_replication_slot('unfit_items')`);
  await expect(drain(place.stream('fast'), null)).rejects.toMatchObject({ kind: 'shape' });
});

test('a slot that cannot begin because of an open transaction says whose it is, and begins when it has ended', async () => {
  await using place = await openCdc(cluster, 'held', { ddl: ITEMS, statementTimeoutMs: 500 });
  const long = await place.program();
  await long.query(`set application_name = 'month end'; begin; insert into items values (1, 'a')`);
  await expect(drain(place.items, null)).rejects.toMatchObject({
    kind: 'down',
    message: expect.stringMatching(/process \d+ \(month end\) has held one open since/),
  });
  await long.query('commit');
  expect(namesOf((await drain(place.items, null)).items)).toEqual(['a']);
});
