import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { expect, test } from 'vitest';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { startStoreServer } from './postgres-place.ts';
import { type StoreProcess, startProcess } from './store-process.ts';

/** 8 writers in two server processes; 1,000,000 rows is the full size. */
const ROWS = Number(process.env['DATASTORES_SKIP_ROWS'] ?? 6_000);
const WRITERS = 4;
/** Documents of one write: many rows take many commits all the same. */
const BATCH = ROWS > 100_000 ? 50 : 1;
/** The control has shown what it is there for long before. */
const CONTROL_ROWS = Math.min(ROWS, 20_000);
const READERS = 4;

test('of what two servers commit while they are stopped and killed, readers that change servers skip nothing; by a plain sequence they do', {
  timeout: 120_000 + ROWS * 2,
}, async () => {
  await using server = await startStoreServer({ max_connections: '100' });
  await using place = await server.createPlace();
  const stores = [await place.open(), await place.open()];
  const control = await server.cluster.client('stores');
  await control.query('create table control (number bigserial primary key, id text not null)');
  const writing = { done: false };
  const readers = Array.from({ length: READERS }, (_, at) => readAll(stores, { first: at, writing }));
  const byNumber = readNumbers(control, writing);

  const begun = performance.now();
  const [acknowledged, inControl] = await Promise.all([
    writeAll(ROWS, (prefix, rows) => startProcess('./postgres-writer.ts', [place.url, prefix, WRITERS, rows, BATCH])),
    writeAll(CONTROL_ROWS, (prefix, rows) => {
      return startProcess('./sequence-writer.ts', [server.cluster.url('stores'), prefix, WRITERS, rows]);
    }),
  ]);
  writing.done = true;

  const committed = await everything(stores[0] as Store);
  expect(committed.size).toBeGreaterThanOrEqual(ROWS);
  for (const [id, seq] of acknowledged) expect(committed.get(id), id).toBeGreaterThanOrEqual(seq);
  for (const seen of await Promise.all(readers)) {
    expect([...committed.keys()].filter((id) => !seen.has(id))).toEqual([]);
  }
  const seenByNumber = await byNumber;
  const { rows } = await control.query<{ id: string }>('select id from control');
  const skipped = rows.filter(({ id }) => !seenByNumber.has(id)).length;
  const seconds = Math.round((performance.now() - begun) / 1_000);
  console.log(
    JSON.stringify({ seconds, rows: committed.size, skipped: 0, control: inControl.size, controlSkipped: skipped }),
  );
  expect(skipped, 'a plain sequence skips rows').toBeGreaterThan(0);
  await control.end();
});

/** Lets two processes write, now and then stopped for a moment or killed and replaced, until all rows are there. */
async function writeAll(
  total: number,
  start: (prefix: string, rows: number) => StoreProcess,
): Promise<ReadonlyMap<string, number>> {
  const acknowledged = new Map<string, number>();
  await Promise.all(
    ['a', 'b'].map(async (name) => {
      let left = total / 2;
      for (let life = 0; left > 0; life += 1) {
        const running = troubled(start, `${name}${life}-`, left);
        await running.done;
        left -= running.process.acknowledged.size;
        for (const [id, seq] of running.process.acknowledged) acknowledged.set(id, seq);
      }
    }),
  );
  return acknowledged;
}

function troubled(start: (prefix: string, rows: number) => StoreProcess, prefix: string, rows: number) {
  const process = start(prefix, rows);
  let ended = false;
  const trouble = async () => {
    // The last lives end by themselves.
    while (!ended && process.acknowledged.size < rows / 2) {
      await wait(100 + Math.random() * 400);
      if (process.acknowledged.size === 0) continue;
      process.child.kill('SIGSTOP');
      await wait(Math.random() * 200);
      process.child.kill('SIGCONT');
      if (Math.random() < 0.1 && process.acknowledged.size > 100) process.child.kill('SIGKILL');
    }
  };
  void trouble();
  const done = process.ended.then(() => {
    ended = true;
  });
  return { process, done };
}

interface Reading {
  readonly first: number;
  readonly writing: { readonly done: boolean };
}

/** What a replica knows that pages through the feed, each page from another server. */
async function readAll(stores: readonly Store[], { first, writing }: Reading): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  let after = 0;
  for (let page = first; ; page += 1) {
    const { done } = writing;
    const store = stores[page % stores.length] as Store;
    const request = { scope: 'main', datastore: 'note', after, maxRows: 100, maxBytes: 1_000_000 };
    const { rows, position, hasMore } = await store.feed(request);
    for (const { id } of rows) seen.add(id);
    after = position.seq;
    if (!hasMore && done) return seen;
    if (!hasMore) await wait(5);
  }
}

/** What a reader knows that trusts the numbers of a sequence. */
async function readNumbers(client: pg.Client, writing: { readonly done: boolean }): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  let after = 0;
  for (;;) {
    const { done } = writing;
    const text = 'select number, id from control where number > $1 order by number limit 100';
    const { rows } = await client.query<{ number: string; id: string }>(text, [after]);
    for (const { id } of rows) seen.add(id);
    after = Number(rows.at(-1)?.number ?? after);
    if (rows.length === 0 && done) return seen;
    if (rows.length === 0) await wait(1);
  }
}

async function everything(store: Store): Promise<ReadonlyMap<string, number>> {
  const all = new Map<string, number>();
  for (let after = 0; ; ) {
    const request = { scope: 'main', datastore: 'note', after, maxRows: 1_000, maxBytes: 10_000_000 };
    const { rows, position, hasMore } = await store.feed(request);
    for (const { id, seq } of rows) all.set(id, seq);
    if (!hasMore) return all;
    after = position.seq;
  }
}
