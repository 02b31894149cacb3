import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import { parseQuery } from '@datastores/core/search';
import { expect, test } from 'vitest';
import { createIndexStore, indexDatabase } from '../../../packages/browser/src/search/index-store.ts';
import { createRanker } from '../../../packages/browser/src/search/rank.ts';
import { loadIndex, saveIndex } from '../../../packages/browser/src/search/stored-index.ts';
import {
  createTextIndex,
  type StoredDocument,
  type TextIndex,
} from '../../../packages/browser/src/search/text-index.ts';
import { makeProduct } from '../../bench/documents/product.ts';
import { randomWordPairs } from '../../bench/documents/queries.ts';

const FIELDS = ['name', 'sku', 'description'];
const QUERIES = [...randomWordPairs({ docs: 1_000, count: 60, seed: 1 }), 'aa', '"no such phrase"'];

function stored(index: number, height = 1): StoredDocument {
  const product = makeProduct(height, index);
  return {
    ...product,
    _deleted: false,
    _attachments: {},
    _meta: { lwt: height },
    _rev: `${height}-a`,
  } as StoredDocument;
}

function put(index: TextIndex, number: number, height = 1): void {
  index.put(stored(number, height), { id: makeProduct(1, number).id });
}

function answers(index: TextIndex): unknown[] {
  const rank = createRanker(index);
  return QUERIES.map((text) => rank(parseQuery(text).clauses, 20));
}

test('a stored index answers as it did when storing began, whatever is written meanwhile and afterwards', async () => {
  const store = createIndexStore(randomUUID(), 'product');
  const index = createTextIndex(FIELDS);
  for (let at = 0; at < 1_000; at += 1) put(index, at);
  const before = answers(index);

  const saving = saveIndex(store, index, { id: 'x', lwt: 1 });
  for (let at = 0; at < 1_000; at += 1) {
    put(index, at % 500, 2);
    if (at % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  expect(answers(index)).not.toEqual(before);
  expect((await saving)?.checkpoint).toEqual({ id: 'x', lwt: 1 });

  const loaded = await loadIndex(store, FIELDS);
  expect(loaded?.manifest.checkpoint).toEqual({ id: 'x', lwt: 1 });
  const again = loaded?.index as TextIndex;
  expect(answers(again)).toEqual(before);
  for (let at = 0; at < 500; at += 1) put(again, at, 2);
  expect(answers(again)).toEqual(answers(index));
});

test('an index of other fields, with a part missing, or from the future is not used', async () => {
  const name = randomUUID();
  const store = createIndexStore(name, 'product');
  const index = createTextIndex(FIELDS);
  for (let at = 0; at < 50; at += 1) put(index, at);
  expect(await loadIndex(store, FIELDS), 'nothing is stored').toBeNull();
  const manifest = await saveIndex(store, index, 1);
  expect(await loadIndex(store, ['name'])).toBeNull();
  expect((await loadIndex(store, FIELDS))?.index.slots.documents).toBe(50);

  expect(await store.commit({ ...(manifest as NonNullable<typeof manifest>), savedAt: Date.now() + 60_000 })).toBe(
    true,
  );
  expect(await loadIndex(store, FIELDS), 'the clock was set back').toBeNull();
  expect(await store.commit({ ...(manifest as NonNullable<typeof manifest>), generation: 'of another tab' })).toBe(
    false,
  );
  await saveIndex(store, index, 2);
  const opened = await new Promise<IDBDatabase>((resolve) => {
    const asked = indexedDB.open(indexDatabase(name, 'product'));
    asked.onsuccess = () => resolve(asked.result);
  });
  const parts = opened.transaction('parts', 'readwrite').objectStore('parts');
  const keys = await new Promise<IDBValidKey[]>((resolve) => {
    const asked = parts.getAllKeys();
    asked.onsuccess = () => resolve(asked.result);
  });
  await new Promise((resolve) => {
    parts.delete(keys.find((key) => Array.isArray(key) && key[1] === 'pages') as IDBValidKey).onsuccess = resolve;
  });
  opened.close();
  expect(await loadIndex(store, FIELDS)).toBeNull();
});

test('a state that is told of late does not take the place of a newer one', () => {
  const index = createTextIndex(FIELDS);
  put(index, 1, 2);
  const newest = answers(index);
  put(index, 1, 1);
  index.remove(makeProduct(1, 1).id, { height: 1, writtenAt: 1 });
  expect(answers(index)).toEqual(newest);
  expect(index.slots.documents).toBe(1);
  index.remove(makeProduct(1, 1).id, { height: 3, writtenAt: 3 });
  expect(index.slots.documents).toBe(0);
});
