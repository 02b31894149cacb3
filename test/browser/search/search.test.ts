import 'fake-indexeddb/auto';
import { openDatastores } from '@datastores/browser';
import type { Datastore, Datastores } from '@datastores/core';
import { expect, test } from 'vitest';
import { completion, type ReplicaUnderTest, searchPlace } from '../../suites/search/place.ts';
import { searchSuite } from '../../suites/search.suite.ts';

const replica: ReplicaUnderTest = {
  documents: 4_000,
  open: async <const D extends readonly Datastore[]>(folder: string, datastores: D): Promise<Datastores<D>> =>
    openDatastores({ name: folder, datastores }),
};

searchSuite('Search in browsers', replica);

test('a word that no document has is taken for a mistyped one, and the result says so', async () => {
  await using place = searchPlace(replica);
  const stores = await place.open();
  await stores.note.bulkInsert([
    { id: 'shirt', title: 'Red shirt' },
    { id: 'skirt', title: 'Blue skirt' },
    { id: 'screw', title: 'Screwdriver M4 40123456' },
  ]);
  await completion(stores);
  const find = async (text: string) => {
    const { hits, similar } = await stores.search('note', text, { highlight: true }).exec();
    const marked = hits.flatMap(({ highlights }) => highlights.flatMap(({ pieces }) => pieces));
    return {
      ids: hits.map(({ document }) => document.primary).sort(),
      similar,
      marked: marked.filter(({ match }) => match).map(({ text }) => text),
    };
  };

  expect(await find('red shrit')).toEqual({ ids: ['shirt'], similar: true, marked: ['Red', 'shirt'] });
  expect(await find('shert')).toEqual({ ids: ['shirt'], similar: true, marked: ['shirt'] });
  expect(await find('skrewdriver')).toEqual({ ids: ['screw'], similar: true, marked: ['Screwdriver'] });
  expect(await find('shirt')).toEqual({ ids: ['shirt'], similar: false, marked: ['shirt'] });
  expect((await find('40123457')).ids, 'a number that is off by one is another number').toEqual([]);
  expect((await find('rde')).ids, 'a short word is not guessed').toEqual([]);
  expect((await find('red skirt')).ids, 'all words are known, but no document has both').toEqual([]);
});

test('a live search that found nothing finds a similar word when it comes', async () => {
  await using place = searchPlace(replica);
  const stores = await place.open();
  await completion(stores);
  const seen: string[][] = [];
  const subscription = stores
    .search('note', 'shrit')
    .$.subscribe(({ hits, similar }) => seen.push([...hits.map(({ document }) => document.primary), String(similar)]));
  await expect.poll(() => seen.at(-1)).toEqual(['false']);
  await stores.note.insert({ id: 'a', title: 'A shirt' });
  await expect.poll(() => seen.at(-1)).toEqual(['a', 'true']);
  await stores.note.insert({ id: 'b', title: 'It is shrit indeed' });
  await expect.poll(() => seen.at(-1)).toEqual(['b', 'false']);
  subscription.unsubscribe();
});
