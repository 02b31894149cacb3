import type { EventBulk, RxStorageChangeEvent } from 'rxdb';
import { expect } from 'vitest';
import { insert, item, next, type StoredItem, write } from './item.ts';
import type { Instance } from './place.ts';
import type { Check } from './test-case.ts';

/** bulkWrite, findDocumentsById and the stream of changes. */
export function writeTests(check: Check): void {
  check('stores a document as it was given and finds it by id', async ({ open }) => {
    const instance = await open();
    const given = item('a', { note: null, tags: ['x', 'ü', '😀'], city: 'line\nbreak "quoted" \\ \u0001', age: -3.25 });
    await insert(instance, [given, item('b')]);
    expect(await instance.findDocumentsById(['a'], false)).toEqual([given]);
  });

  check('finds the documents that exist and leaves out the ids that do not', async ({ open }) => {
    const instance = await open();
    await insert(instance, [item('a'), item('b'), item('c')]);
    const found = await instance.findDocumentsById(['c', 'missing', 'a'], false);
    expect(found.map((document) => document.id).sort()).toEqual(['a', 'c']);
    expect(await instance.findDocumentsById([], true)).toEqual([]);
  });

  check('replaces a document whose stored revision is the given one', async ({ open }) => {
    const instance = await open();
    const first = item('a');
    const second = next(first, { age: 2 });
    await insert(instance, [first]);
    await write(instance, [{ previous: first, document: second }]);
    expect(await instance.findDocumentsById(['a'], false)).toEqual([second]);
  });

  check('returns a deleted document by id only where asked for', async ({ open }) => {
    const instance = await open();
    const first = item('a');
    const gone = next(first, { _deleted: true });
    await insert(instance, [first, item('b')]);
    await write(instance, [{ previous: first, document: gone }]);
    expect(await ids(instance, ['a', 'b'], false)).toEqual(['b']);
    expect(await ids(instance, ['a'], false)).toEqual([]);
    expect(await ids(instance, ['a', 'b'], true)).toEqual(['a', 'b']);
    expect(await instance.findDocumentsById(['a'], true)).toEqual([gone]);
  });

  check('refuses the insert of an existing id and returns the stored document', async ({ open }) => {
    const instance = await open();
    const stored = item('a', { name: 'first' });
    await insert(instance, [stored]);
    const row = { document: item('a', { name: 'second', _rev: '1-b' }) };
    const { error } = await instance.bulkWrite([row, { document: item('b') }], 'test');
    expect(error).toMatchObject([{ isError: true, status: 409, documentId: 'a', documentInDb: stored, writeRow: row }]);
    expect(await instance.findDocumentsById(['a'], true)).toEqual([stored]);
    expect(await ids(instance, ['b'], true)).toEqual(['b']);
  });

  check('refuses an update or a deletion based on another revision', async ({ open }) => {
    const instance = await open();
    const first = item('a');
    const second = next(first, { name: 'theirs' });
    await insert(instance, [first]);
    await write(instance, [{ previous: first, document: second }]);
    const late = next(first, { name: 'ours', _rev: '2-b' });
    for (const document of [late, { ...late, _deleted: true }]) {
      const { error } = await instance.bulkWrite([{ previous: first, document }], 'test');
      expect(error).toMatchObject([{ status: 409, documentId: 'a', documentInDb: second }]);
    }
    expect(await instance.findDocumentsById(['a'], true)).toEqual([second]);
  });

  check('tells every change once with its operation, both states and the context', async ({ open }) => {
    const instance = await open();
    const bulks = record(instance);
    const first = item('a');
    const second = next(first, { age: 2 });
    const third = next(second, { _deleted: true });
    await instance.bulkWrite([{ document: first }, { document: item('b') }], 'one');
    await instance.bulkWrite([{ previous: first, document: second }], 'two');
    await instance.bulkWrite([{ previous: second, document: third }], 'three');
    expect(bulks.map((bulk) => bulk.context)).toEqual(['one', 'two', 'three']);
    expect(new Set(bulks.map((bulk) => bulk.id)).size).toBe(3);
    expect(operations(bulks)).toEqual(['INSERT a', 'INSERT b', 'UPDATE a', 'DELETE a']);
    expect(bulks[1]?.events[0]).toMatchObject({ documentData: second, previousDocumentData: first });
    expect(bulks[2]?.events[0]).toMatchObject({ documentData: third, previousDocumentData: second });
  });

  check('tells nothing of refused rows', async ({ open }) => {
    const instance = await open();
    await insert(instance, [item('a')]);
    const bulks = record(instance);
    await instance.bulkWrite([{ document: item('a', { _rev: '1-b' }) }], 'test');
    expect(bulks).toEqual([]);
    await instance.bulkWrite([{ document: item('a', { _rev: '1-b' }) }, { document: item('b') }], 'test');
    expect(operations(bulks)).toEqual(['INSERT b']);
  });

  check('stores a tombstone that is inserted and tells nothing of it', async ({ open }) => {
    const instance = await open();
    const bulks = record(instance);
    await insert(instance, [item('a', { _deleted: true })]);
    expect(bulks).toEqual([]);
    expect(await ids(instance, ['a'], true)).toEqual(['a']);
  });

  check('inserts over a tombstone only with its revision, and tells it as an insert', async ({ open }) => {
    const instance = await open();
    const gone = item('a', { _deleted: true });
    await insert(instance, [gone]);
    const bulks = record(instance);
    const { error } = await instance.bulkWrite([{ document: item('a', { _rev: '1-b' }) }], 'test');
    expect(error).toMatchObject([{ status: 409, documentInDb: gone }]);
    await write(instance, [{ previous: gone, document: next(gone, { _deleted: false }) }]);
    expect(operations(bulks)).toEqual(['INSERT a']);
    expect(await ids(instance, ['a'], false)).toEqual(['a']);
  });

  check('lets a second row for an id in one write see what the first one did', async ({ open }) => {
    const instance = await open();
    const first = item('a');
    const second = next(first, { age: 2 });
    const rows = [{ document: first }, { previous: first, document: second }, { document: item('a', { _rev: '1-b' }) }];
    const { error } = await instance.bulkWrite(rows, 'test');
    expect(error).toMatchObject([{ status: 409, documentInDb: second }]);
    expect(await instance.findDocumentsById(['a'], false)).toEqual([second]);
  });

  check('writes nothing and tells nothing for an empty list', async ({ open }) => {
    const instance = await open();
    const bulks = record(instance);
    expect(await instance.bulkWrite([], 'test')).toEqual({ error: [] });
    expect(bulks).toEqual([]);
  });
}

type Bulk = EventBulk<RxStorageChangeEvent<StoredItem>, unknown>;

function record(instance: Instance): Bulk[] {
  const bulks: Bulk[] = [];
  instance.changeStream().subscribe((bulk) => bulks.push(bulk as Bulk));
  return bulks;
}

function operations(bulks: readonly Bulk[]): string[] {
  return bulks.flatMap((bulk) => bulk.events.map((event) => `${event.operation} ${event.documentId}`));
}

async function ids(instance: Instance, wanted: string[], withDeleted: boolean): Promise<string[]> {
  const found = await instance.findDocumentsById(wanted, withDeleted);
  return found.map((document) => document.id).sort();
}
