import type { SQLiteInternals } from '@datastores/node';
import { expect, test } from 'vitest';
import { completion, idsOf, notes, notesSearchedIn } from '../../suites/search/place.ts';
import { searchPlace } from './place.ts';

const AMOUNT = 3_000;

function many(amount = AMOUNT) {
  return Array.from({ length: amount }, (_, at) => ({
    id: `n${String(at).padStart(5, '0')}`,
    title: `Title ${at}`,
    body: `body${at % 10} common ${at}`,
  }));
}

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

function databaseOf({ note }: SomeStores) {
  return (note.storageInstance.internals as SQLiteInternals).database;
}

function searchTables(stores: SomeStores): unknown[] {
  return databaseOf(stores).prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'search_*'").pluck().all();
}
