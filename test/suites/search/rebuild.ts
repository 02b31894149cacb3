import { expect } from 'vitest';
import { completion, idsOf, notes, notesSearchedIn } from './place.ts';
import type { Check } from './test-case.ts';

/** Indexes of fields that are declared when documents are there already. */
export function rebuildTests(check: Check): void {
  check(
    'fields that are declared later are searched after the next start, which does not wait for the index',
    async (place) => {
      const first = await place.open(notesSearchedIn(['title']));
      await first.note.bulkInsert(many(place.documents));
      expect(await idsOf(first, 'common')).toEqual([]);
      await first.close();

      const second = await place.open(notes);
      const search = second.search('note', 'common', { limit: 1_000 });
      const early = await search.exec();
      expect(early.complete).toBe(false);
      const results: { readonly complete: boolean; readonly hits: number }[] = [];
      const subscription = search.$.subscribe(({ complete, hits }) => results.push({ complete, hits: hits.length }));
      await expect
        .poll(() => results.at(-1), { timeout: 20_000 })
        .toEqual({ complete: true, hits: Math.min(1_000, place.documents) });
      subscription.unsubscribe();
      expect(results[0]?.complete).toBe(false);
      expect(await idsOf(second, '"297" body7')).toEqual(['n00297']);
    },
  );

  check('what is written while the index is being built is found at once and as it is', async (place) => {
    const first = await place.open(notesSearchedIn(['title']));
    await first.note.bulkInsert(many(place.documents));
    await first.close();

    const stores = await place.open(notes);
    const { complete } = await stores.search('note', 'fresh').exec();
    expect(complete, 'the index was complete too early for this test').toBe(false);
    await stores.note.insert({ id: 'new', title: 'Brand new', body: 'fresh' });
    await stores.note.findOne('n00590').incrementalPatch({ body: 'fresh' });
    await stores.note.findOne('n00595').incrementalPatch({ stock: 1 });
    await stores.note.findOne('n00596').remove();
    const early = await stores.search('note', 'fresh').exec();
    expect(early.hits.map(({ document }) => document.primary).sort()).toEqual(['n00590', 'new']);

    await completion(stores);
    expect((await idsOf(stores, 'fresh')).sort()).toEqual(['n00590', 'new']);
    expect(await idsOf(stores, 'common 590')).toEqual([]);
    expect(await idsOf(stores, 'common 595')).toEqual(['n00595']);
    expect(await idsOf(stores, 'common 596')).toEqual([]);
  });
}

function many(amount: number) {
  return Array.from({ length: amount }, (_, at) => ({
    id: `n${String(at).padStart(5, '0')}`,
    title: `Title ${at}`,
    body: `body${at % 10} common ${at}`,
  }));
}
