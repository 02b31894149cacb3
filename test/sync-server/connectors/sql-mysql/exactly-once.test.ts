import { createContext } from '@datastores/sync-server/conformance';
import type { Write } from '@datastores/sync-server/connector';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, create, push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { startCutProxy } from '../../../support/cut-proxy.ts';
import { type MariadbServer, startMariadb } from '../../../support/mariadb.ts';
import { NUMBERED, openTable, STAMP } from './open-table.ts';

/** The statement as it is sent: the byte of a query, then its text. */
const COMMIT = '\x03commit';

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server[Symbol.asyncDispose]());

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
  await using place = await openItems('early');
  const cut = place.proxy.cutAt('insert into "early"."items"', 'after');
  const outcomes = await place.items.push?.([create('w1', 'a', 1), create('w2', 'b', 2)], createContext());
  await cut;
  expect(outcomes?.map(({ is }) => is)).toEqual(['retry', 'applied']);
  expect(applied(await push(place.items, create('w1', 'a', 1))).item?.data).toMatchObject({ name: 'a' });
  expect(await place.sql('select name from early.items order by id')).toEqual(
    ['first', 'b', 'a'].map((name) => ({ name })),
  );
});

test('a lock held for too long puts a write off, and nothing of it stays', async () => {
  await using place = await openItems('locked');
  await place.sql("start transaction; update locked.items set name = 'theirs'");
  const write: Write = { id: 'w1', op: 'update', key: '1', patch: { name: 'ours' } };
  expect(await push(place.items, write)).toMatchObject({ is: 'retry', reason: expect.stringContaining('Lock wait') });
  await place.sql('commit');
  expect((await push(place.items, write)).is).toBe('applied');
});

test('the loser of a deadlock is put off, and made when it is sent again', async () => {
  await using place = await openItems('deadlock', { lockTimeoutMs: 20_000 });
  await place.sql(`create trigger deadlock.logged after update on deadlock.items for each row
    if new.name = 'ours' then insert into deadlock.log values (1); end if`);
  // Much to undo: the one with less to undo is the one to lose.
  await place.sql('start transaction; insert into deadlock.log select seq from seq_1_to_1000');
  const write: Write = { id: 'w1', op: 'update', key: '1', patch: { name: 'ours' } };
  const pushed = push(place.items, write);
  await place.untilWaiting();
  await place.sql("update deadlock.items set name = 'theirs' where id = 1");
  expect(await pushed).toMatchObject({ is: 'retry', reason: expect.stringContaining('Deadlock') });
  await place.sql('rollback');
  expect(applied(await push(place.items, write)).item?.data.name).toBe('ours');
});

test('a call that is cancelled while the database keeps it waiting ends at once', async () => {
  await using place = await openItems('cancelled', { lockTimeoutMs: 20_000 });
  await place.sql('lock tables cancelled.items write');
  const begun = Date.now();
  await expect(place.items.get(['1'], createContext(AbortSignal.timeout(100)))).rejects.toMatchObject({ kind: 'down' });
  const write: Write = { id: 'w1', op: 'update', key: '1', patch: { name: 'ours' } };
  const outcomes = await place.items.push?.([write], createContext(AbortSignal.timeout(100)));
  expect(outcomes).toMatchObject([{ is: 'retry' }]);
  expect(Date.now() - begun).toBeLessThan(5_000);
  await place.sql('unlock tables');
  expect((await push(place.items, write)).is).toBe('applied');
});

test('more calls than connections wait for one, and a cancelled one gives its turn away', async () => {
  await using place = await openItems('queue', { connections: 1, lockTimeoutMs: 20_000 });
  await place.sql("start transaction; update queue.items set name = 'theirs'");
  const write = (id: string): Write => ({ id, op: 'add', key: '1', amounts: { quantity: 1 } });
  const first = push(place.items, write('w1'));
  await place.untilWaiting();
  const cancelled = place.items.get(['1'], createContext(AbortSignal.timeout(50)));
  await expect(cancelled).rejects.toMatchObject({ kind: 'down' });
  const last = push(place.items, write('w2'));
  await place.sql('commit');
  expect(applied(await first).item?.data.quantity).toBe(11);
  expect(applied(await last).item?.data.quantity).toBe(12);
});

test('without a ledger a create is found by its reference and adds are not claimed', async () => {
  await using place = await openItems('bare', { ledger: false });
  expect(place.items.traits).toMatchObject({ creates: 'findable', adds: false });
  const write = create('w1', 'a', 1);
  expect(await place.items.find?.(write, createContext())).toBeNull();
  const { key } = applied(await push(place.items, write));
  expect(await place.items.find?.(write, createContext())).toMatchObject({ key, data: { ref: 'ref-w1' } });
  expect(await place.items.find?.({ ...write, ref: 'REF-w1' }, createContext())).toBeNull();
  const update: Write = { id: 'w2', op: 'update', key, patch: { name: 'b' } };
  expect(await place.items.find?.(update, createContext())).toBeNull();
  await push(place.items, update);
  expect(await place.items.find?.(update, createContext())).toMatchObject({ key });
  expect(await place.sql("select * from information_schema.schemata where schema_name like 'bare\\_%'")).toEqual([]);
});

test('keys that are the highest plus one are given once, also to two servers at once', async () => {
  await using place = await openItems('highest', { mintKey: { max: true } });
  await using other = await openItems('highest', { mintKey: { max: true }, made: true });
  const writes = (prefix: string) =>
    Array.from({ length: 8 }, (_, at) => create(`${prefix}${at}`, `${prefix}${at}`, at));
  const push8 = (items: typeof place.items, prefix: string) => items.push?.(writes(prefix), createContext());
  const outcomes = (await Promise.all([push8(place.items, 'a'), push8(other.items, 'b')])).flat();
  const keys = outcomes.map((outcome) => (outcome?.is === 'applied' ? outcome.key : outcome?.is));
  expect(new Set(keys.filter((key) => key !== 'retry')).size).toBe(keys.filter((key) => key !== 'retry').length);
  expect(await place.sql('select count(*) as n from highest.items')).toEqual([
    { n: 1 + keys.filter((key) => key !== 'retry').length },
  ]);
});

interface Given {
  readonly ledger?: false;
  readonly lockTimeoutMs?: number;
  readonly connections?: number;
  readonly mintKey?: { readonly max: true };
  /** The table is there already. */
  readonly made?: true;
}

async function openItems(database: string, given: Given = {}) {
  const proxy = await startCutProxy(server.port);
  const place = await openTable(server, database, {
    columns: [NUMBERED, 'name text', 'quantity int', 'ref varchar(40) unique', STAMP],
    made: given.made === true,
    stream: { mintKey: given.mintKey ?? 'auto', ref: 'ref' },
    connector: {
      connectionString: `mysql://root@127.0.0.1:${proxy.port}/${database}`,
      lockTimeoutMs: given.lockTimeoutMs ?? 300,
      connections: given.connections ?? 4,
      ...(given.ledger === false && { ledger: false }),
    },
  });
  if (!given.made) {
    await place.sql(`insert into items (name, quantity) values ('first', 10);
      create table log (id int primary key) engine = InnoDB`);
  }
  // So that the next commit is that of a write.
  await place.check();
  return {
    ...place,
    proxy,
    /** Until a transaction waits for a lock. */
    async untilWaiting(): Promise<void> {
      const admin = await server.client();
      const waits = async () => {
        const [rows] = await admin.query("select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT'");
        return (rows as unknown[]).length;
      };
      // InnoDB tells nothing new to one who asks again within a tenth of a second.
      await expect.poll(waits, { interval: 250, timeout: 10_000 }).toBeGreaterThan(0);
      await admin.end();
    },
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}
