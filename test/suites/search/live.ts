import type { SearchResult } from '@datastores/core';
import type { Observable } from 'rxjs';
import { expect } from 'vitest';
import { countSearches } from './counted-search.ts';
import { completion } from './place.ts';
import type { Check } from './test-case.ts';

/** Results that follow the writes. */
export function liveTests(check: Check): void {
  check('a live search emits what it finds, and again when a write changes it', async (place) => {
    const stores = await place.open();
    await completion(stores);
    await stores.note.bulkInsert([
      { id: 'a', title: 'Red shoe' },
      { id: 'b', title: 'Blue shoe' },
    ]);
    using watch = watchIds(stores.search('note', 'red').$);

    await expect.poll(() => watch.seen).toEqual([['a']]);
    await stores.note.insert({ id: 'c', title: 'Another red thing, and a long one' });
    await expect.poll(() => watch.seen.at(-1)).toEqual(['a', 'c']);
    await stores.note.findOne('b').incrementalPatch({ title: 'Red' });
    await expect.poll(() => watch.seen.at(-1)).toEqual(['b', 'a', 'c']);
    await stores.note.findOne('a').incrementalPatch({ title: 'Green' });
    await expect.poll(() => watch.seen.at(-1)).toEqual(['b', 'c']);
    await stores.note.findOne('c').remove();
    await expect.poll(() => watch.seen.at(-1)).toEqual(['b']);
  });

  check(
    'a hit whose other fields change is emitted anew, since what is shown of it may have changed',
    async (place) => {
      const stores = await place.open();
      await stores.note.insert({ id: 'a', title: 'Red', stock: 1 });
      const stocks: unknown[] = [];
      const subscription = stores.search('note', 'red').$.subscribe(({ hits }) => stocks.push(hits[0]?.document.stock));

      await expect.poll(() => stocks).toEqual([1]);
      await stores.note.findOne('a').incrementalPatch({ stock: 2 });
      await expect.poll(() => stocks).toEqual([1, 2]);
      subscription.unsubscribe();
    },
  );

  check('writes that cannot change the result do not run the search again', async (place) => {
    const stores = await place.open();
    await completion(stores);
    const asked = countSearches(stores.note);
    await stores.note.bulkInsert([
      { id: 'a', title: 'Red' },
      { id: 'b', title: 'Blue', body: 'nothing', tags: ['x'] },
    ]);
    using watch = watchIds(stores.search('note', 'red').$);
    await expect.poll(() => watch.seen).toEqual([['a']]);
    const before = asked();

    await stores.note.insert({ id: 'c', title: 'Green', tags: ['re', 'r e d', 'scared'] });
    await stores.note.findOne('b').incrementalPatch({ stock: 7 });
    await stores.note.findOne('b').incrementalPatch({ body: 'still nothing' });
    await stores.note.findOne('b').remove();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked()).toBe(before);
    expect(watch.seen).toEqual([['a']]);
    await stores.note.insert({ id: 'd', title: 'A red one' });
    await expect.poll(() => watch.seen.at(-1)).toEqual(['a', 'd']);
    expect(asked()).toBeGreaterThan(before);
  });

  check('many writes in a row cost a few runs, and the last one is seen', async (place) => {
    const stores = await place.open();
    await completion(stores);
    const asked = countSearches(stores.note);
    using watch = watchIds(stores.search('note', 'red', { limit: 1_000 }).$);
    await expect.poll(() => watch.seen).toEqual([[]]);

    for (let at = 0; at < 300; at += 1) await stores.note.insert({ id: `n${at}`, title: 'red' });
    await expect.poll(() => watch.seen.at(-1)?.length).toBe(300);
    expect(asked()).toBeLessThan(100);
    await stores.note.bulkInsert(Array.from({ length: 500 }, (_, at) => ({ id: `m${at}`, title: 'red' })));
    await expect.poll(() => watch.seen.at(-1)?.length).toBe(800);
  });

  check('subscribers share one search, which ends with the last of them and with the replica', async (place) => {
    const stores = await place.open();
    await completion(stores);
    const asked = countSearches(stores.note);
    await stores.note.insert({ id: 'a', title: 'Red' });
    const { $ } = stores.search('note', 'red');
    using first = watchIds($);
    await expect.poll(() => first.seen).toEqual([['a']]);
    const runs = asked();
    using second = watchIds($);
    await expect.poll(() => second.seen).toEqual([['a']]);
    expect(asked()).toBe(runs);

    await stores.close();
    await expect.poll(() => [first.ended(), second.ended()]).toEqual([true, true]);
  });

  check('a search without words emits that it finds nothing', async (place) => {
    const stores = await place.open();
    await completion(stores);
    using watch = watchIds(stores.search('note', ' - ').$);
    await expect.poll(() => watch.seen).toEqual([[]]);
  });

  check('a search whose last word has just begun sees what the others match', async (place) => {
    const stores = await place.open();
    await completion(stores);
    await stores.note.insert({ id: 'a', title: 'Red shoe' });
    using watch = watchIds(stores.search('note', 'red s').$);
    await expect.poll(() => watch.seen).toEqual([['a']]);
    await stores.note.insert({ id: 'b', title: 'Red boot' });
    await expect.poll(() => watch.seen.at(-1)).toHaveLength(2);
    await stores.note.insert({ id: 'c', title: 'Red', tags: ['s'] });
    await expect.poll(() => watch.seen.at(-1)).toEqual(['c']);
  });
}

function watchIds($: Observable<SearchResult<{ readonly id: string; readonly title: string }>>) {
  const seen: string[][] = [];
  let ended = false;
  const subscription = $.subscribe({
    next: ({ hits }) => seen.push(hits.map(({ document }) => document.primary)),
    complete: () => {
      ended = true;
    },
  });
  return { seen, ended: () => ended, [Symbol.dispose]: () => subscription.unsubscribe() };
}
