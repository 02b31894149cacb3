import fc from 'fast-check';
import { getQueryMatcher, getSortComparator, type MangoQuery, normalizeMangoQuery, type RxDocumentData } from 'rxdb';
import { expect } from 'vitest';
import {
  type Item,
  insert,
  item,
  itemSchema,
  optionalIndexSchema,
  type StoredItem,
  type StoredSchema,
} from './item.ts';
import type { Instance, Place } from './place.ts';
import { prepared } from './prepared.ts';
import { randomFields, randomQuery, type Values } from './random-query.ts';
import type { Check } from './test-case.ts';

const NUMBERS = [-1000, -12.5, -1, -0.01, 0, 0.01, 0.5, 1, 1.5, 2, 10, 99.99, 1000];
const STRINGS = [
  'a',
  'ab',
  'abc',
  'b',
  'B',
  'Zoë',
  'ä',
  'e\u0301',
  '10',
  '9',
  "it's",
  '😀',
  '😀a',
  '😁',
  '\ue000',
  '\uffeea',
];
const CONTROLS = [
  'a',
  'a\u0000',
  'a\u0000b',
  'a\u0001',
  'a\u0001a',
  'a\u0002',
  'a\n',
  'a\nb',
  'ab',
  '\t',
  '\u001f',
  '',
  'a ',
];
const INDEXES = (itemSchema.indexes ?? []).map((index) => [...index]);

const PLAIN: Values = { strings: STRINGS, numbers: NUMBERS, loose: false, indexes: INDEXES };

/** query and count, compared with RxDB's own matcher and comparator over all documents: what the memory storage stands for. */
export function queryTests(check: Check): void {
  check('answers generated queries as the matcher and comparator of RxDB do', (place) =>
    compare(place, itemSchema, PLAIN),
  );

  check('answers generated queries over control characters and trailing spaces', (place) =>
    compare(place, itemSchema, { ...PLAIN, strings: CONTROLS }),
  );

  check('answers generated queries over missing, null and mistyped values in indexed fields', (place) =>
    compare(place, optionalIndexSchema, {
      strings: STRINGS,
      numbers: NUMBERS,
      loose: true,
      indexes: (optionalIndexSchema.indexes ?? []).map((index) => [...index]),
    }),
  );

  check('sorts by UTF-16 code unit, as JavaScript does, also past the basic plane', async ({ open }) => {
    const instance = await open();
    const names = ['\uffee', '😀', '\ue000', 'z', '\ud7ff', '😁'];
    await insert(
      instance,
      names.map((name, at) => item(`${at}`, { name })),
    );
    const query = { selector: { _deleted: { $eq: false }, name: { $gte: 'z' } }, sort: [{ name: 'asc' as const }] };
    const { documents } = await instance.query(prepared(instance, query));
    expect(documents.map((document) => document.name)).toEqual([...names].sort());
  });

  check('returns nothing for a limit of zero and the rest for a skip', async ({ open }) => {
    const instance = await open();
    await insert(
      instance,
      ['a', 'b', 'c'].map((id) => item(id)),
    );
    const found = async (query: MangoQuery<StoredItem>) =>
      (await instance.query(prepared(instance, { sort: [{ id: 'asc' }], ...query }))).documents.map(({ id }) => id);
    expect(await found({ limit: 0 })).toEqual([]);
    expect(await found({ skip: 1 })).toEqual(['b', 'c']);
    expect(await found({ skip: 1, limit: 1 })).toEqual(['b']);
    expect(await found({ skip: 3 })).toEqual([]);
  });

  check('counts fast where an index answers the selector, and right everywhere', async ({ open }) => {
    const instance = await open();
    await insert(instance, [item('a', { age: 5 }), item('b', { age: 6 }), item('c', { age: 7, _deleted: true })]);
    const query = { selector: { _deleted: { $eq: false }, age: { $gt: 5 } } };
    expect(await instance.count(prepared(instance, query))).toEqual({ count: 1, mode: 'fast' });
    expect(await instance.count(prepared(instance, {}))).toMatchObject({ count: 3 });
    expect(await instance.count(prepared(instance, { selector: { name: { $regex: 'b$' } } }))).toMatchObject({
      count: 1,
    });
  });

  check('counts what a query with skip and limit would return', async ({ open }) => {
    const instance = await open();
    await insert(
      instance,
      ['a', 'b', 'c'].map((id) => item(id)),
    );
    const selector = { _deleted: { $eq: false } };
    for (const [cut, count] of [
      [{ limit: 2 }, 2],
      [{ skip: 2 }, 1],
      [{ skip: 5 }, 0],
      [{ limit: 0 }, 0],
    ] as const) {
      expect(await instance.count(prepared(instance, { selector, ...cut }))).toMatchObject({ count });
    }
  });
}

async function compare({ open, generatedQueries }: Place, schema: StoredSchema, values: Values): Promise<void> {
  const instance = await open({ schema });
  const seed = Number(process.env.DATASTORES_SEED ?? 42);
  const fields = fc.sample(randomFields(values), { seed, numRuns: 120 });
  const documents = fields.map((given, at) => item(`id-${(at * 37) % 120}`, given));
  await insert(instance, documents);
  for (const query of fc.sample(randomQuery(values), {
    seed,
    numRuns: generatedQueries,
  })) {
    const said = `seed ${seed}: ${JSON.stringify(query)}`;
    const expected = reference(instance, documents, query);
    const { documents: found } = await instance.query(prepared(instance, query));
    expect(found.map(fieldsOf), said).toEqual(expected.map(fieldsOf));
    const { skip: _skip, limit: _limit, ...uncut } = query;
    const { count } = await instance.count(prepared(instance, uncut));
    expect(count, `count, ${said}`).toBe(reference(instance, documents, uncut).length);
  }
}

function fieldsOf({ id, name, age, city, weight }: StoredItem) {
  return { id, name, age, city, weight };
}

function reference(instance: Instance, documents: readonly StoredItem[], query: MangoQuery<StoredItem>): StoredItem[] {
  const { schema } = instance;
  const normalized = normalizeMangoQuery<Item>(schema, query as MangoQuery<Item>);
  const matches: (document: RxDocumentData<Item>) => boolean = getQueryMatcher(schema, normalized);
  const { skip, limit = Number.POSITIVE_INFINITY } = normalized;
  return documents
    .filter(matches)
    .sort(getSortComparator(schema, normalized))
    .slice(skip, skip + limit);
}
