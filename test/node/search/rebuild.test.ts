import type { SQLiteInternals } from '@datastores/node';
import { expect, test } from 'vitest';
import { idsOf, notes, notesSearchedIn, searchPlace } from './place.ts';

const AMOUNT = 3_000;

function many(amount = AMOUNT) {
  return Array.from({ length: amount }, (_, at) => ({
    id: `n${String(at).padStart(5, '0')}`,
    title: `Title ${at}`,
    body: `body${at % 10} common ${at}`,
  }));
}

test('fields that are declared later are searched after the next start, which does not wait for the index', async () => {
  await using place = searchPlace();
  const first = await place.open(notesSearchedIn(['title']));
  await first.note.bulkInsert(many());
  expect(await idsOf(first, 'common')).toEqual([]);
  await first.close();

  const second = await place.open(notes);
  const search = second.search('note', 'common', { limit: 1_000 });
  const early = await search.exec();
  expect(early.complete).toBe(false);
  expect(early.hits.length).toBeLessThan(1_000);
  const results: { readonly complete: boolean; readonly hits: number }[] = [];
  const subscription = search.$.subscribe(({ complete, hits }) => results.push({ complete, hits: hits.length }));
  await expect.poll(() => results.at(-1), { timeout: 20_000 }).toEqual({ complete: true, hits: 1_000 });
  subscription.unsubscribe();
  expect(results[0]?.complete).toBe(false);
  expect(await idsOf(second, 'body7 2997')).toEqual(['n02997']);
});

test('what is written while the index is being built is found at once and as it is', async () => {
  await using place = searchPlace();
  const first = await place.open(notesSearchedIn(['title']));
  await first.note.bulkInsert(many());
  await first.close();

  const stores = await place.open(notes);
  await stores.note.insert({ id: 'new', title: 'Brand new', body: 'fresh' });
  await stores.note.findOne('n02990').incrementalPatch({ body: 'fresh' });
  await stores.note.findOne('n02995').incrementalPatch({ stock: 1 });
  await stores.note.findOne('n02996').remove();
  const early = await stores.search('note', 'fresh').exec();
  expect(early.complete, 'the index was complete too early for this test').toBe(false);
  expect(early.hits.map(({ document }) => document.primary).sort()).toEqual(['n02990', 'new']);

  await completion(stores);
  expect((await idsOf(stores, 'fresh')).sort()).toEqual(['n02990', 'new']);
  expect(await idsOf(stores, 'common 2990')).toEqual([]);
  expect(await idsOf(stores, 'common 2995')).toEqual(['n02995']);
  expect(await idsOf(stores, 'common 2996')).toEqual([]);
});

test('the event loop is free while an index is being built', async () => {
  await using place = searchPlace();
  const first = await place.open(notesSearchedIn(['title']));
  await first.note.bulkInsert(many());
  await first.close();

  const stores = await place.open(notes);
  const done = completion(stores);
  let finished = false;
  void done.then(() => {
    finished = true;
  });
  let turns = 0;
  while (!finished) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    turns += 1;
  }
  // A slice is of 1,000 documents at most, however fast the machine is. One block of work would leave two turns.
  expect(turns).toBeGreaterThan(AMOUNT / 1_000);
});

test('fields that are taken out are no longer searched, and another order counts anew', async () => {
  await using place = searchPlace();
  const first = await place.open(notesSearchedIn(['title', 'body']));
  await first.note.bulkInsert([
    { id: 'title', title: 'red', body: 'one two three four' },
    { id: 'body', title: 'one two three four', body: 'red' },
    ...many(20),
  ]);
  expect(await idsOf(first, 'red')).toEqual(['title', 'body']);
  await first.close();

  const second = await place.open(notesSearchedIn(['body', 'title']));
  await completion(second);
  expect(await idsOf(second, 'red')).toEqual(['body', 'title']);
  await second.close();

  const third = await place.open(notesSearchedIn(['title']));
  await completion(third);
  expect(await idsOf(third, 'red')).toEqual(['title']);
  await third.close();

  const fourth = await place.open(notesSearchedIn([]));
  expect(() => fourth.search('note', 'red')).toThrow(/SEARCH_UNDECLARED/);
  expect(searchTables(fourth)).toEqual([]);
  await fourth.note.findOne('body').remove();
  await fourth.close();

  const fifth = await place.open(notesSearchedIn(['title', 'body']));
  await completion(fifth);
  expect(await idsOf(fifth, 'red')).toEqual(['title']);
});

test('an index is built anew for other rules of splitting, and kept for the same', async () => {
  await using place = searchPlace();
  const first = await place.open();
  await first.note.bulkInsert(many(50));
  await first.close();

  const second = await place.open();
  expect((await second.search('note', 'common').exec()).complete).toBe(true);
  databaseOf(second).exec(`UPDATE searches SET signature = 'of other rules'`);
  await second.close();

  const third = await place.open();
  expect((await third.search('note', 'common').exec()).complete).toBe(false);
  await completion(third);
  expect(await idsOf(third, 'common', { limit: 1_000 })).toHaveLength(50);
});

test('an index that cannot be completed at the moment says why, and is completed later', async () => {
  await using place = searchPlace();
  const first = await place.open(notesSearchedIn(['title']));
  await first.note.bulkInsert(many());
  await first.close();

  const stores = await place.open();
  const database = databaseOf(stores);
  database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true })}`);
  const { $ } = stores.search('note', 'common');
  const problems: (string | undefined)[] = [];
  const subscription = $.subscribe(({ problem }) => problems.push(problem?.code));
  await expect.poll(() => problems.at(-1), { timeout: 10_000 }).toBe('STORAGE_UNAVAILABLE');
  database.pragma('max_page_count = 1000000');
  await completion(stores);
  await expect.poll(() => problems.at(-1)).toBe(undefined);
  subscription.unsubscribe();
});

/** Replicas of several declarations, of which the types of documents differ. */
interface SomeStores {
  readonly note: { readonly storageInstance: { readonly internals: unknown } };
}

async function completion(stores: { search(name: 'note', text: string): { exec(): Promise<{ complete: boolean }> } }) {
  const complete = async () => (await stores.search('note', 'common').exec()).complete;
  await expect.poll(complete, { timeout: 20_000, interval: 5 }).toBe(true);
}

function databaseOf({ note }: SomeStores) {
  return (note.storageInstance.internals as SQLiteInternals).database;
}

function searchTables(stores: SomeStores): unknown[] {
  return databaseOf(stores).prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'search_*'").pluck().all();
}
