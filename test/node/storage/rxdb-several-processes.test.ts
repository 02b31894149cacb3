import { getRxStorageSQLite } from '@datastores/node';
import { createRxDatabase, type RxCollection, type RxStorage } from 'rxdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Item, itemSchema } from '../../suites/storage/item.ts';
import { type Peer, type PeerProgram, preparePeers } from './peers.ts';
import { openSqlitePlace } from './sqlite-place.ts';

let program: PeerProgram;
beforeAll(async () => {
  program = await preparePeers();
});
afterAll(() => program[Symbol.dispose]());

const POLL = { timeout: 20_000, interval: 20 };

/** Opens the items of a file through RxDB, with a live count of those that were raised and a live list of the oldest. */
async function openItems(filename: string) {
  const storage = getRxStorageSQLite({ filename, durability: 'normal' }) as RxStorage<unknown, unknown>;
  const database = await createRxDatabase<{ items: RxCollection<Item> }>({ name: 'db', storage, multiInstance: true });
  const { _deleted, _rev, _meta, _attachments, ...properties } = itemSchema.properties as Record<string, object>;
  // RxDB adds its own fields, and the prefix of deletion to each index.
  const indexes = ['name', 'age', ['active', 'age'], ['name', 'age'], 'nested.rank'];
  const { items } = await database.addCollections({
    items: { schema: { ...itemSchema, properties, indexes } as never },
  });
  const seen = { all: -1, raised: -1, oldest: [] as [string, number][] };
  items.count({ selector: { age: { $gt: 0 } } }).$.subscribe((count) => {
    seen.all = count;
  });
  items.count({ selector: { age: { $gt: 1 } } }).$.subscribe((count) => {
    seen.raised = count;
  });
  items.find({ sort: [{ age: 'desc' }, { id: 'asc' }], limit: 3 }).$.subscribe((found) => {
    seen.oldest = found.map(({ id, age }) => [id, age]);
  });
  await expect.poll(() => [seen.all, seen.raised], POLL).toEqual([0, 0]);
  return { items, seen, [Symbol.asyncDispose]: async () => void (await database.close()) };
}

test('live queries and counts of RxDB agree with what other processes write', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 2);
  await using opened = await openItems(place.filename);
  const { items, seen } = opened;
  await Promise.all(peers.map((peer, at) => peer.do(`insert ${at}- 100`)));
  await Promise.all(peers.map((peer, at) => peer.do(`raise ${at}-7 ${20 + at}`)));
  await expect.poll(() => seen.all, POLL).toBe(200);
  const oldest = [
    ['1-7', 22],
    ['0-7', 21],
    ['0-0', 1],
  ];
  await expect.poll(() => seen.oldest, POLL).toEqual(oldest);
  // The event of an own write comes behind all others.
  await items.insert({ id: 'last', name: 'last', age: 1, active: true, nested: { rank: 1 } });
  await expect.poll(() => seen.all, POLL).toBeGreaterThan(200);
  expect([seen.all, seen.raised], 'no document is counted twice').toEqual([201, 2]);
  expect(await items.count({ selector: { age: { $gt: 0 } } }).exec()).toBe(201);
});

test.each([
  ['many', 2_100, 0],
  ['few and large', 3, 2_000_000],
])('live queries and counts agree after writes too large to be told: %s documents', async (_, count, length) => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 1);
  const [peer] = peers as unknown as [Peer];
  await using opened = await openItems(place.filename);
  const { seen } = opened;
  await peer.do(`bulk a ${count} ${length}`);
  await expect.poll(() => seen.all, POLL).toBe(count);
  await peer.do('raiseall');
  await expect.poll(() => seen.raised, POLL).toBe(count);
  await peer.do('raise a1 1');
  await expect.poll(() => seen.oldest[0], POLL).toEqual(['a1', 3]);
  expect(seen).toMatchObject({ all: count, raised: count });
});

test('a query is answered while another process writes without a pause', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 1);
  const [peer] = peers as unknown as [Peer];
  await using opened = await openItems(place.filename);
  const { items, seen } = opened;
  const flood = peer.do('flood a');
  await expect.poll(() => seen.all, POLL).toBeGreaterThan(0);
  // One that is repeated with every write of the other is never answered.
  for (let at = 0; at < 20; at += 1) {
    const query = items.find({ selector: { age: { $lt: 100 + at } }, limit: 1 });
    expect(await query.exec()).toHaveLength(1);
  }
  peer.process.say('stop');
  const written = await flood;
  await expect.poll(() => seen.all, POLL).toBe(written);
});
