import { customers, defineDatastore, productCatalog } from '@datastores/core';
import { expect } from 'vitest';
import { idsOf } from './place.ts';
import type { Check } from './test-case.ts';

/** What queries mean, and how hits are ordered. */
export function queryTests(check: Check): void {
  check('documents are found by all words, the last one also as a beginning', async (place) => {
    const stores = await place.open();
    await stores.note.bulkInsert([
      { id: 'shoe', title: 'Red shoe', stock: 1 },
      { id: 'boot', title: 'Boot', body: 'with a red lace' },
      { id: 'size', title: 'Schuh Größe 42', tags: ['red', 'shoes'] },
      { id: 'none', title: 'Nothing', body: null },
    ]);

    expect((await idsOf(stores, 'red')).sort()).toEqual(['boot', 'shoe', 'size']);
    expect((await idsOf(stores, 'red sho')).sort()).toEqual(['shoe', 'size']);
    expect(await idsOf(stores, '"shoe"')).toEqual(['shoe']);
    expect(await idsOf(stores, 'grosse')).toEqual(['size']);
    expect(await idsOf(stores, '"red shoes"'), 'a phrase does not reach across entries').toEqual([]);
    expect(await idsOf(stores, 'green')).toEqual([]);
    expect(await idsOf(stores, '')).toEqual([]);
  });

  check(
    'a word counts the more the earlier its field is declared; among equals the newest comes first',
    async (place) => {
      const stores = await place.open();
      const filler = 'one two three four';
      await stores.note.bulkInsert([
        { id: 'body', title: filler, tags: [filler], body: 'red' },
        { id: 'tags', title: filler, tags: ['red'], body: filler },
        { id: 'title', title: 'red', tags: [filler], body: filler },
        ...['a', 'b', 'c'].map((id) => ({ id, title: 'blue', body: filler })),
        ...Array.from({ length: 10 }, (_, at) => ({ id: `other${at}`, title: filler })),
      ]);

      expect(await idsOf(stores, 'red')).toEqual(['title', 'tags', 'body']);
      expect(await idsOf(stores, 'blue')).toEqual(['c', 'b', 'a']);
      const { hits } = await stores.search('note', 'red').exec();
      expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((one, other) => other - one));
    },
  );

  check('a page of hits is the part of the whole list that was asked for', async (place) => {
    const stores = await place.open();
    await stores.note.bulkInsert(
      Array.from({ length: 50 }, (_, at) => ({ id: `n${at}`, title: 'red '.repeat(at + 1) })),
    );

    const all = await idsOf(stores, 'red', { limit: 1_000 });
    expect(all).toHaveLength(50);
    expect(await idsOf(stores, 'red')).toEqual(all.slice(0, 20));
    expect(await idsOf(stores, 'red', { offset: 20, limit: 7 })).toEqual(all.slice(20, 27));
    expect(await idsOf(stores, 'red', { offset: 48 })).toEqual(all.slice(48));
    expect(await idsOf(stores, 'red', { offset: 60 })).toEqual([]);
  });

  check('a word that has only begun does not make hits vanish, and counts once it is a word', async (place) => {
    const stores = await place.open();
    await stores.note.bulkInsert([
      { id: 'shoe', title: 'Red shoe' },
      { id: 'shirt', title: 'Red shirt', tags: ['xl'] },
    ]);

    for (const typed of ['red', 'red s', 'red sh']) expect(await idsOf(stores, typed), typed).toHaveLength(2);
    expect(await idsOf(stores, 'red sho')).toEqual(['shoe']);
    expect(await idsOf(stores, 'red xl')).toEqual(['shirt']);
    expect(await idsOf(stores, 'red xl', { offset: 1 })).toEqual([]);
    expect(await idsOf(stores, 'red s', { offset: 1 })).toHaveLength(1);
  });

  check('what is changed or deleted is found as it is now', async (place) => {
    const stores = await place.open();
    const note = await stores.note.insert({ id: 'a', title: 'Red', tags: ['old'] });
    await note.incrementalPatch({ stock: 5 });
    expect(await idsOf(stores, 'red old')).toEqual(['a']);
    await note.incrementalPatch({ tags: ['new'] });
    expect(await idsOf(stores, 'old')).toEqual([]);
    expect(await idsOf(stores, 'red new')).toEqual(['a']);
    await note.getLatest().remove();
    expect(await idsOf(stores, 'red')).toEqual([]);
    await stores.note.insert({ id: 'a', title: 'Blue' });
    expect(await idsOf(stores, 'blue')).toEqual(['a']);
    expect(await idsOf(stores, 'red')).toEqual([]);
  });

  check('a hit is the document of the collection, with a score and what matches where', async (place) => {
    const stores = await place.open(productCatalog);
    await stores.product.insert({ id: 'p1', sku: 'AB-1', name: 'A <b>red</b> shoe', status: 'active' });

    const { hits, complete, problem } = await stores.search('product', 'red', { highlight: true }).exec();
    expect([complete, problem]).toEqual([true, null]);
    expect(hits[0]?.document).toBe(await stores.product.findOne('p1').exec());
    expect(hits[0]?.score).toBeGreaterThan(0);
    expect(hits[0]?.highlights).toEqual([
      {
        field: 'name',
        start: 0,
        pieces: [
          { text: 'A <b>', match: false },
          { text: 'red', match: true },
          { text: '</b> shoe', match: false },
        ],
      },
    ]);
    const [short] = (await stores.search('product', 'shoe', { highlight: { length: 6 } }).exec()).hits;
    expect(short?.highlights[0]?.pieces.map((piece) => piece.text).join('')).toBe('shoe');
    // The type of the document is that of its datastore.
    expect(short?.document.sku satisfies string | undefined).toBe('AB-1');
    expect((await stores.search('product', 'red').exec()).hits[0]?.highlights).toEqual([]);
  });

  check('what is not declared, not open or asked for wrongly is refused with the remedy', async (place) => {
    const silent = defineDatastore({ name: 'silent', schema: { type: 'object', properties: {} } as const });
    const stores = await place.openAll([silent, customers] as const);

    expect(() => stores.search('silent', 'a')).toThrow(/SEARCH_UNDECLARED: .*"silent".*Add search/);
    expect(() => stores.search('product' as never, 'a')).toThrow(
      /OPTION_INVALID: No datastore "product".*silent, customer/,
    );
    expect(() => stores.search('customer', 7 as never)).toThrow(/OPTION_INVALID: .*not a string/);
    expect(() => stores.search('customer', 'a', { limit: 0 })).toThrow(/"limit"/);
    expect(() => stores.search('customer', 'a', { offset: -1 })).toThrow(/"offset"/);
    expect(() => stores.search('customer', 'a', { offset: 990, limit: 11 })).toThrow(/more than 1000 hits/);
    expect(() => stores.search('customer', 'a', { highlight: { length: 0.5 } })).toThrow(/"length" of "highlight"/);
    const search = stores.search('customer', 'ana');
    await stores.close();
    await expect(search.exec()).rejects.toMatchObject({ code: 'REPLICA_CLOSED' });
  });
}
