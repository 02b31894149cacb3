import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPostgresStore } from '../../../apps/sync-server/src/store/postgres/store.ts';
import type { Commit, Store } from '../../../apps/sync-server/src/store/store.ts';
import { edit, follow, notes, product, put, SCOPE } from '../../suites/store/edits.ts';
import { SUITE_OPTIONS } from '../../suites/store/place.ts';
import { type StoreServer, startStoreServer } from './postgres-place.ts';

let server: StoreServer;
beforeAll(async () => {
  server = await startStoreServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('the schema of a store', () => {
  test('servers that start together on an empty database make one store', async () => {
    await using place = await server.createPlace();
    const stores = await Promise.all(Array.from({ length: 4 }, () => place.open()));
    expect(new Set(stores.map(({ epoch }) => epoch)).size).toBe(1);
  });

  test('a store that a newer version wrote is refused and left as it is', async () => {
    await using place = await server.createPlace();
    await (await place.open()).close();
    await change(`insert into "${place.schema}".migration values (99, 'from the future', 'x', 0)`);
    await expect(place.open()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('newer version'),
      remedy: expect.stringContaining('Start that version'),
    });
  });

  test('a step that is not the released one is refused', async () => {
    await using place = await server.createPlace();
    await (await place.open()).close();
    await change(`update "${place.schema}".migration set checksum = 'abc' where number = 1`);
    await expect(place.open()).rejects.toMatchObject({ message: expect.stringContaining('Step 1 of the schema') });
  });
});

test('a database that would lose what it has acknowledged is refused, with each setting that is to blame', async () => {
  await using unsafe = await startStoreServer({ fsync: 'off', full_page_writes: 'off' });
  await using place = await unsafe.createPlace();
  const admin = await unsafe.cluster.client('stores');
  await admin.query("alter database stores set synchronous_commit to 'off'");
  await expect(place.open()).rejects.toMatchObject({
    code: 'STORE_UNSAFE',
    message: expect.stringMatching(/fsync is off.*full_page_writes is off.*synchronous_commit is off/),
    remedy: expect.stringContaining('fsync = on, full_page_writes = on, synchronous_commit = on'),
    retryable: false,
  });
  expect((await admin.query("select 1 from pg_namespace where nspname like 'place%'")).rows).toEqual([]);
  await admin.end();
});

test('an address where no database answers is named, without its password', async () => {
  const url = 'postgres://ana:secret@127.0.0.1:1/nowhere';
  const failure = await createPostgresStore({ ...SUITE_OPTIONS, url }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  expect(String(failure)).toContain('127.0.0.1:1/nowhere');
  expect(String(failure)).not.toContain('secret');
});

test('ids with any character are kept, and found in their order', async () => {
  await using place = await server.createPlace();
  const store = await place.open();
  const ids = ['a', 'a\0', 'a\u0001', 'a\u0002', '漢', '😀'];
  await put(
    store,
    [...ids].reverse().map((id) => edit(id)),
  );
  for (const id of ids) expect(await store.document(SCOPE, { datastore: 'note', id })).toMatchObject({ id });
  const missing = await store.unlinked({ system: 'x', stream: 'y', datastore: 'note', after: null, limit: 10 });
  expect(missing.map(({ document }) => document.id)).toEqual(ids);
});

describe('what another server commits', () => {
  test('is heard of, with the positions that lead to it, once and in order', async () => {
    await using place = await server.createPlace();
    const [here, there] = [await place.open(), await place.open()];
    await put(there, [edit('first')]);
    await wait(100);
    const heard: Commit[] = [];
    here.onCommit((commit) => heard.push(commit));
    await put(there, notes(3));
    await put(there, [product('p')]);
    await vi.waitFor(() => expect(heard.flatMap(({ systems }) => systems)).toContain('erp'), 5_000);
    const advances = heard.flatMap((commit) => commit.advances);
    const at = async (seq: number) => ({ epoch: here.epoch, seq, tag: await here.tagAt(SCOPE, seq) });
    expect(advances).toEqual([
      { scope: SCOPE, after: await at(1), first: 2, position: await at(4), datastores: ['note'] },
      { scope: SCOPE, after: await at(4), first: 5, position: await at(5), datastores: ['product'] },
    ]);
    await wait(1_200);
    expect(heard.flatMap((commit) => commit.advances)).toHaveLength(2);
  });

  test('is heard of by looking where the connection that listens was lost', async () => {
    await using place = await server.createPlace();
    const [here, there] = [await place.open(), await place.open()];
    await wait(100);
    const heard: Commit[] = [];
    here.onCommit((commit) => heard.push(commit));
    await change("select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%'");
    await put(there, [edit('a')]);
    await vi.waitFor(() => expect(heard).toHaveLength(1), 5_000);
  });
});

test('a transaction of a process that stands still does not hold its scope for long', async () => {
  await using place = await server.createPlace();
  const store = await place.open();
  await put(store, [edit('a')]);
  const standing = await server.cluster.client('stores');
  await standing.query("set idle_in_transaction_session_timeout to '1s'");
  await standing.query('begin');
  await standing.query(`select 1 from "${place.schema}".scope_head for update`);
  expect(await put(store, [edit('b')])).toMatchObject([{ seq: 2 }]);
});

test('a database server that crashes again and again costs delays only', { timeout: 120_000 }, async () => {
  await using own = await startStoreServer();
  await using place = await own.createPlace();
  const store = await place.open();
  const failures: unknown[] = [];
  const acknowledged: string[] = [];
  let crashing = true;
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let at = 0; crashing || at < 20; at += 1) {
      const id = `w${writer}-${at}`;
      await stubbornly(store, id, failures);
      acknowledged.push(id);
    }
  });
  for (let crash = 0; crash < 4; crash += 1) {
    await wait(300);
    await own.cluster.stop('immediate');
    await wait(100);
    await own.cluster.start();
  }
  crashing = false;
  await Promise.all(writers);
  expect(failures.length).toBeGreaterThan(0);
  for (const failure of failures) expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  const rows = (await follow(store, { maxRows: 1_000 })).flatMap((page) => page.rows);
  const stored = new Set(rows.map(({ id }) => id));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  const tags = await Promise.all(rows.slice(-5).map(({ seq }) => store.tagAt(SCOPE, seq)));
  expect(tags).not.toContain(null);
});

/** Writes the same document until it is acknowledged. */
async function stubbornly(store: Store, id: string, failures: unknown[]): Promise<void> {
  for (;;) {
    try {
      await put(store, [edit(id)]);
      return;
    } catch (error) {
      failures.push(error);
      await wait(20);
    }
  }
}

async function change(sql: string): Promise<void> {
  const client = await server.cluster.client('stores');
  await client.query(sql);
  await client.end();
}
