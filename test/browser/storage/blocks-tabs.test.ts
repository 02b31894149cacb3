import { getRxStorageBlocks } from '@datastores/browser';
import { createRxDatabase, type RxCollection, type RxStorage } from 'rxdb';
import { expect, test } from 'vitest';
import { type Item, insert, item, itemSchema, next, type StoredItem, write } from '../../suites/storage/item.ts';
import { prepared } from '../../suites/storage/prepared.ts';
import { type IndexedDbTab, openIndexedDbTab } from '../../support/indexed-db-tab.ts';
import { openBlocksPlace } from './blocks-place.ts';
import { type BlocksItems, everythingIn } from './everything.ts';

const POLL = { timeout: 20_000, interval: 20 };

/** Adds to the age of a document until nobody was faster. Returns how often somebody was. */
async function raise(items: BlocksItems, id: string): Promise<number> {
  for (let lost = 0; ; lost += 1) {
    const [previous] = (await items.findDocumentsById([id], false)) as [StoredItem];
    const { error } = await items.bulkWrite(
      [{ previous, document: next(previous, { age: previous.age + 1 }) }],
      'raise',
    );
    if (error.length === 0) return lost;
    expect(error).toMatchObject([{ status: 409, documentId: id }]);
  }
}

/** What the events of a tab say is stored. */
function told(items: BlocksItems): Map<string, StoredItem> {
  const documents = new Map<string, StoredItem>();
  items.changeStream().subscribe(({ events }) => {
    for (const { documentId, documentData } of events) documents.set(documentId, documentData as StoredItem);
  });
  return documents;
}

test('tabs that write the same documents at once lose no write, and each is told of all', async () => {
  await using place = openBlocksPlace();
  const tabs = [await place.open(), await place.open(), await place.open()];
  const heard = tabs.map(({ items }) => told(items));
  const ids = Array.from({ length: 4 }, (_, at) => `doc-${at}`);
  await insert(
    (tabs[0] as (typeof tabs)[0]).items,
    ids.map((id) => item(id, { age: 0 })),
  );
  await expect.poll(() => heard.map(({ size }) => size), POLL).toEqual([4, 4, 4]);
  let lost = 0;
  const work = tabs.map(async ({ items }, tab) => {
    for (let round = 0; round < 40; round += 1) {
      lost += await raise(items, ids[round % ids.length] as string);
      if (round % 15 === tab * 5) await items.internals.pack();
    }
  });
  await Promise.all(work);

  expect(lost, 'they met').toBeGreaterThan(0);
  const stored = await everythingIn((await place.open()).items);
  expect([...stored.values()].map(({ age }) => age)).toEqual([30, 30, 30, 30]);
  for (const documents of heard) {
    await expect
      .poll(() => [...documents.values()].map(({ _rev }) => _rev), POLL)
      .toEqual([...stored.values()].map(({ _rev }) => _rev));
  }
});

test('a tab that was frozen while others wrote and cut the log finds conflicts, and is told what it has missed', async () => {
  await using place = openBlocksPlace();
  const [frozen, other] = [await place.open(), await place.open()];
  const first = item('a', { age: 1 });
  await insert(frozen.items, [first, item('b')]);
  const heard = told(frozen.items);
  await expect.poll(async () => (await other.items.findDocumentsById(['a'], false)).length, POLL).toBe(1);
  frozen.freeze(true);
  const second = next(first, { age: 2 });
  await write(other.items, [{ previous: first, document: second }]);
  for (let round = 0; round < 3; round += 1) {
    await insert(
      other.items,
      Array.from({ length: 60 }, (_, at) => item(`${round}-${at}`)),
    );
    await insert(other.items, [item(`single-${round}`)]);
    await other.items.internals.pack();
  }
  frozen.freeze(false);

  const { error } = await frozen.items.bulkWrite([{ previous: first, document: next(first, { _rev: '2-b' }) }], 'late');
  expect(error).toMatchObject([{ status: 409, documentInDb: second }]);
  expect(heard.get('a')).toEqual(second);
  expect(heard.size).toBe(1 + 180 + 3);
  expect((await everythingIn(frozen.items)).size).toBe(2 + 180 + 3);
});

test('a tab without a collection open does not lose what others have written to it when it packs', async () => {
  await using place = openBlocksPlace();
  const [one, two] = [await place.open(), await place.open({ collectionName: 'others' })];
  const deleted = item('gone', { _deleted: true, _meta: { lwt: 1 } });
  await insert(one.items, [item('a'), item('b'), deleted]);
  await one.items.cleanup(0);
  for (let round = 0; round < 3; round += 1) {
    await insert(two.items, [item(`${round}`)]);
    await two.items.internals.pack();
  }
  expect([...(await everythingIn((await place.open()).items)).keys()]).toEqual(['a', 'b']);
  await insert(one.items, [item('c')]);
  await one.items.internals.pack();
  await one.items.internals.pack();

  expect([...(await everythingIn((await place.open()).items)).keys()]).toEqual(['a', 'b', 'c']);
  expect((await everythingIn((await place.open({ collectionName: 'others' })).items)).size).toBe(3);
});

test('a collection removed in one tab is gone in the others, which are told so when they write', async () => {
  await using place = openBlocksPlace();
  const [one, two] = [await place.open(), await place.open()];
  await insert(one.items, [item('a')]);
  await one.items.remove();

  await expect(two.items.bulkWrite([{ document: item('b') }], 'test')).rejects.toMatchObject({
    code: 'REPLICA_CLOSED',
  });
  expect((await everythingIn((await place.open()).items)).size).toBe(0);
});

test('what does not fit into memory is read again from its blocks, also while they are packed anew', async () => {
  await using place = openBlocksPlace();
  const { items } = await place.open({ cacheMegabytes: 0 });
  const documents = Array.from({ length: 300 }, (_, at) => item(`doc-${at}`, { age: at }));
  await insert(items, documents);
  let writing = true;
  const writes = (async () => {
    for (let round = 0; round < 30; round += 1) {
      const part = documents.slice((round * 10) % 300, ((round * 10) % 300) + 10);
      const rows = part.map((previous) => ({ previous, document: next(previous, { name: `round ${round}` }) }));
      await write(items, rows);
      await items.internals.pack();
    }
    writing = false;
  })();
  const query = prepared(items, { selector: { age: { $gte: 100 } }, sort: [{ age: 'asc' }], limit: 50 });
  while (writing) {
    const found = await items.query(query);
    // What is in memory is answered without letting anybody else run.
    await new Promise((turn) => setImmediate(turn));
    expect(found.documents.map(({ age }) => age)).toEqual(Array.from({ length: 50 }, (_, at) => 100 + at));
  }
  await writes;
});

/** Opens the items through RxDB, with a live count of those that were raised and a live list of the oldest. */
async function openItems(tab: IndexedDbTab, name: string) {
  const storage = getRxStorageBlocks(tab.access) as RxStorage<unknown, unknown>;
  const database = await createRxDatabase<{ items: RxCollection<Item> }>({
    name: 'db',
    // RxDB takes databases of one process for the same one by the name of their storage.
    storage: { ...storage, name: `${storage.name} ${name}` },
    multiInstance: true,
    ignoreDuplicate: false,
  });
  const { _deleted, _rev, _meta, _attachments, ...properties } = itemSchema.properties as Record<string, object>;
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

test('live queries and counts of RxDB agree with what other tabs write', async () => {
  await using place = openBlocksPlace();
  const [tab, ...peers] = ['a', 'b', 'c'].map(() => openIndexedDbTab(place.factory)) as [IndexedDbTab];
  await using opened = await openItems(tab, 'first');
  const { items, seen } = opened;
  const writers = await Promise.all(
    (peers as IndexedDbTab[]).map((peer) => place.openIn(peer, { schema: itemSchema })),
  );
  await Promise.all(
    writers.map(async (writer, at) => {
      for (let start = 0; start < 100; start += 20) {
        await insert(
          writer,
          Array.from({ length: 20 }, (_, nth) => item(`${at}-${start + nth}`)),
        );
      }
      const [previous] = (await writer.findDocumentsById([`${at}-7`], false)) as [StoredItem];
      await write(writer, [{ previous, document: next(previous, { age: 21 + at }) }]);
      await writer.internals.pack();
    }),
  );
  await expect.poll(() => seen.all, POLL).toBe(200);
  await expect
    .poll(() => seen.oldest.slice(0, 2), POLL)
    .toEqual([
      ['1-7', 22],
      ['0-7', 21],
    ]);
  await items.insert({ id: 'last', name: 'last', age: 1, active: true, nested: { rank: 1 } });
  await expect.poll(() => seen.all, POLL).toBeGreaterThan(200);
  expect([seen.all, seen.raised], 'no document is counted twice').toEqual([201, 2]);
  expect(await items.count({ selector: { age: { $gt: 0 } } }).exec()).toBe(201);
});
