import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import { fillWithDefaultSettings, type RxStorageInstance } from 'rxdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import { expect, test } from 'vitest';
import { type AnyInstance, keepIndex } from '../../../packages/browser/src/search/current-index.ts';
import { createIndexStore } from '../../../packages/browser/src/search/index-store.ts';
import { saveIndex } from '../../../packages/browser/src/search/stored-index.ts';
import { createTextIndex, type StoredDocument } from '../../../packages/browser/src/search/text-index.ts';

interface Note {
  readonly id: string;
  readonly title: string;
}

const FIELDS = ['title'];

async function openPlace() {
  const instance: RxStorageInstance<Note, unknown, unknown> = await getRxStorageMemory().createStorageInstance<Note>({
    databaseInstanceToken: randomUUID(),
    databaseName: randomUUID(),
    collectionName: 'note',
    schema: fillWithDefaultSettings({
      version: 0,
      primaryKey: 'id',
      type: 'object',
      properties: { id: { type: 'string', maxLength: 40 }, title: { type: 'string' } },
      required: ['id', 'title'],
    }),
    options: {},
    multiInstance: false,
    devMode: false,
  });
  const latest = new Map<string, StoredDocument>();
  let time = Date.now();
  return {
    instance: instance as unknown as AnyInstance,
    store: createIndexStore(instance.databaseName, 'note'),
    async write(id: string, title: string, deleted = false) {
      const previous = latest.get(id);
      time += 1;
      const height = previous === undefined ? 1 : Number.parseInt(previous._rev, 10) + 1;
      const document = { id, title, _deleted: deleted, _attachments: {}, _meta: { lwt: time }, _rev: `${height}-a` };
      latest.set(id, document as unknown as StoredDocument);
      const row = previous === undefined ? { document } : { document, previous };
      const { error } = await instance.bulkWrite([row as never], 'test');
      expect(error).toEqual([]);
    },
    stored: () => [...latest.values()],
    [Symbol.asyncDispose]: () => instance.remove(),
  };
}

test('a stored index of other documents is not believed, and what was written after it was stored is read', async () => {
  await using place = await openPlace();
  for (let at = 0; at < 20; at += 1) await place.write(`n${at}`, `word${at}`);
  const of = async (documents: readonly StoredDocument[], lwt: number) => {
    const stored = createTextIndex(FIELDS);
    for (const document of documents) stored.put(document, { id: String(Reflect.get(document, 'id')) });
    await saveIndex(place.store, stored, { id: 'n4', lwt });
    const current = keepIndex({ instance: place.instance, fields: FIELDS, store: place.store });
    await firstValueFrom(current.state$.pipe(filter(({ complete }) => complete)));
    const { slots, dictionary } = current.index();
    current.close();
    return { documents: slots.documents, words: [...dictionary.terms].sort(), first: slots.idOf(0) };
  };
  const words = Array.from({ length: 20 }, (_, at) => `word${at}`).sort();
  const all = place.stored();

  const followed = await of([...all].slice(0, 5).reverse(), all[4]?._meta.lwt ?? 0);
  expect(followed).toEqual({ documents: 20, words, first: 'n4' });
  // The checkpoint says that everything is in, and it is not.
  const rebuilt = await of([...all].slice(0, 5).reverse(), all[19]?._meta.lwt ?? 0);
  expect(rebuilt).toEqual({ documents: 20, words, first: 'n0' });
});

test('an index that holds mostly what is no more is built anew while it serves', async () => {
  await using place = await openPlace();
  const current = keepIndex({ instance: place.instance, fields: FIELDS, store: null });
  for (let at = 0; at < 200; at += 1) await place.write(`n${at}`, `kept${at}`);
  for (let at = 0; at < 1_500; at += 1) await place.write(`n${at % 100}`, `state${at}`);
  await place.write('n150', 'gone', true);

  await current.settled(10_000);
  await expect.poll(() => current.index().slots.used, { timeout: 10_000 }).toBeLessThan(1_200);
  const index = current.index();
  expect(index.slots.documents).toBe(199);
  expect(index.dictionary.terms).not.toContain('state0');
  expect(index.dictionary.get('state1499')).toBeDefined();
  expect(index.dictionary.get('kept199')).toBeDefined();
  current.close();
});
