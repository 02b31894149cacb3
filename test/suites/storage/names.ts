import { expect } from 'vitest';
import { insert, item } from './item.ts';
import { prepared } from './prepared.ts';
import type { Check } from './test-case.ts';

const ODD_NAMES = [
  `it's "quoted"; DROP TABLE docs_1; --`,
  'a\tb\n%_[]`\\',
  'größe 😀',
  '',
  '_rxdb_internal',
  'a--0--b',
];

const ODD_IDS = [
  'a',
  'A',
  'a ',
  "a'",
  '%',
  '[1]',
  '{"a":1}',
  'é',
  'e\u0301',
  '😀',
  '😁',
  '\uffff',
  'null',
  '0',
  '00',
  '1e3',
];

const CONTROL_IDS = ['b', 'b\u0000', 'b\u0000c', 'b\u0001', 'b\u0001\u0001', 'b\u0002'];

const SURROGATE_IDS = ['c\ud83d', 'c\ud83e', 'c\ufffd', '\ude00', 'c\ue03d'];

/** Names and ids that quoting, encoding or joining could confuse. */
export function namesTests(check: Check): void {
  check('keeps collections with odd names apart', async ({ open }) => {
    const instances = await Promise.all(ODD_NAMES.map((collectionName) => open({ collectionName })));
    for (const [at, instance] of instances.entries()) await insert(instance, [item('a', { name: `${at}` })]);
    for (const [at, instance] of instances.entries()) {
      const [found] = await instance.findDocumentsById(['a'], false);
      expect(found?.name, ODD_NAMES[at]).toBe(`${at}`);
    }
  });

  check('keeps databases of different names apart', async ({ open, databaseName }) => {
    const [one, two] = [await open(), await open({ databaseName: `${databaseName}'` })];
    await insert(one, [item('a')]);
    expect(await two.findDocumentsById(['a'], true)).toEqual([]);
  });

  check('keeps a joined name apart from another pair that joins to the same', async ({ open, databaseName }) => {
    const one = await open({ databaseName: `${databaseName}--0--a`, collectionName: 'b' });
    const two = await open({ databaseName, collectionName: 'a--0--b' });
    await insert(one, [item('a')]);
    expect(await two.findDocumentsById(['a'], true)).toEqual([]);
  });

  for (const [kind, ids] of Object.entries({ odd: ODD_IDS, control: CONTROL_IDS, surrogate: SURROGATE_IDS })) {
    check(`keeps ids with ${kind} characters apart and in order`, async ({ open }) => {
      const instance = await open();
      const documents = ids.map((id, at) => item(id, { age: at }));
      await insert(instance, documents);
      for (const document of documents) {
        expect(await instance.findDocumentsById([document.id], true), document.id).toEqual([document]);
      }
      expect(await instance.findDocumentsById([...ids].reverse(), true)).toHaveLength(ids.length);
      const { documents: sorted } = await instance.query(prepared(instance, { sort: [{ id: 'asc' }] }));
      expect(sorted.map((document) => document.id)).toEqual([...ids].sort());
    });
  }
}
