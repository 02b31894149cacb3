import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain, namesOf } from '../../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { firstUnseen } from '../../../../../apps/sync-server/src/connectors/sql-postgres/cdc/visible.ts';
import type { PostgresCluster } from '../../../../support/postgres.ts';
import { firstPage, openCdc, startLogical } from './cdc-place.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startLogical();
});
afterAll(() => cluster[Symbol.asyncDispose]());

test('a snapshot sees what ended before it, also where the numbers go round', () => {
  expect(firstUnseen('100:110:100,105', [99, 101, 109])).toBeNull();
  expect(firstUnseen('100:110:100,105', [99, 105])).toBe(105);
  expect(firstUnseen('100:110:', [110])).toBe(110);
  expect(firstUnseen('110:110:', [109])).toBeNull();
  const epoch = 2n ** 32n;
  const around = `${epoch - 2n}:${epoch + 5n}:${epoch - 2n},${epoch + 3n}`;
  expect(firstUnseen(around, [Number(epoch - 1n), 2, 4])).toBeNull();
  expect([firstUnseen(around, [Number(epoch - 2n)]), firstUnseen(around, [3]), firstUnseen(around, [5])]).toEqual([
    Number(epoch - 2n),
    3,
    5,
  ]);
});

test('a change that is in the log, but that nobody sees yet, is waited for and not passed', async () => {
  await using own = await startLogical();
  await using place = await openCdc(own, 'unseen', { ddl: 'create table items (id int primary key, name text)' });
  await place.sql(`insert into items values (1, 'a'), (2, 'b')`);
  const { cursor } = await drain(place.items, null);
  const standby = async (name: string) => {
    await place.sql(`alter system set synchronous_standby_names = '${name}'`);
    await place.sql('select pg_reload_conf()');
    await expect.poll(() => place.sql('show synchronous_standby_names')).toEqual([{ synchronous_standby_names: name }]);
  };
  const slow = await place.program();
  await place.sql('set synchronous_commit = local');
  await standby('nobody');
  // Its commit is in the log and waits for a standby that does not exist.
  const committed = slow.query(`update items set name = 'changed' where id = 1`);
  const waits = `select count(*)::int as n from pg_stat_activity where wait_event = 'SyncRep'`;
  await expect.poll(() => place.sql(waits)).toEqual([{ n: 1 }]);
  const reading = drain(place.items, cursor);
  const early = await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 500, 'waits'))]);
  expect(early).toBe('waits');
  await standby('');
  await committed;
  expect(namesOf((await reading).items)).toEqual(['changed']);
});

test('the first reading begins when all have ended who may have committed unseen before the slot began', async () => {
  await using place = await openCdc(cluster, 'begins', { ddl: 'create table items (id int primary key, name text)' });
  const first = await firstPage(place.items, null);
  const long = await place.program();
  await long.query(`begin; insert into items values (1, 'late')`);
  const [{ since } = {}] = await place.sql('select (pg_current_xact_id()::text::numeric)::text as since');
  const waiting = { ...(first?.cursor as object), copy: { after: null, since: String(since) } };
  const page = await firstPage(place.items, waiting);
  expect(page).toEqual({ changes: [], cursor: waiting });
  const reading = drain(place.items, waiting);
  await long.query('commit');
  expect(namesOf((await reading).items)).toEqual(['late']);
});
