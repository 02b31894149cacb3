import fc from 'fast-check';
import type { MangoQuery } from 'rxdb';
import type { StoredItem } from './item.ts';

/** From which values documents and queries are generated. */
export interface Values {
  readonly strings: readonly string[];
  readonly numbers: readonly number[];
  /** Also `null`, missing fields and values of another type than the field's. */
  readonly loose: boolean;
  /** Indexes that a query may name. */
  readonly indexes: readonly (readonly string[])[];
}

type Selector = Record<string, unknown>;
type Operation = Record<string, unknown>;

const NO_RANK = {} as StoredItem['nested'];

/** Fields of an item, without those RxDB adds. */
export function randomFields(values: Values): fc.Arbitrary<Partial<StoredItem>> {
  const text = fc.constantFrom(...values.strings);
  const number = fc.constantFrom(...values.numbers);
  const always = fc.record({
    name: text,
    age: number,
    active: fc.boolean(),
    nested: fc.record({ rank: fc.integer({ min: 0, max: 5 }) }),
    _deleted: fc.integer({ min: 0, max: 5 }).map((die) => die === 0),
    city: text,
    weight: number,
  });
  const sometimes = fc.record(
    {
      note: fc.option(text),
      tags: fc.array(text, { maxLength: 2 }),
      ...(values.loose ? { city: fc.option(text), weight: fc.option(number), nested: fc.constant(NO_RANK) } : {}),
    },
    { requiredKeys: [] },
  );
  const missing = fc.subarray(values.loose ? (['city', 'weight'] as const) : []);
  return fc.tuple(always, sometimes, missing).map(([fields, more, without]) => {
    const given: Partial<StoredItem> = { ...fields, ...more };
    for (const field of without) delete given[field];
    return given;
  });
}

/** A Mango query over items, with selector, sort, skip, limit, and sometimes an index. */
export function randomQuery(values: Values): fc.Arbitrary<MangoQuery<StoredItem>> {
  return fc
    .record({
      selector: fc
        .tuple(selectorOf(values, 2), fc.integer({ min: 0, max: 4 }))
        .map(([selector, die]) => (die === 0 ? selector : { _deleted: { $eq: false }, ...selector })),
      sort: fc.option(sortOf(), { freq: 4, nil: undefined }),
      skip: rarely(fc.integer({ min: 0, max: 12 }), undefined),
      limit: rarely(fc.integer({ min: 0, max: 12 }), undefined),
      index: rarely(fc.constantFrom(...values.indexes), undefined),
    })
    .map((query) => {
      const given = Object.entries(query).filter(([, value]) => value !== undefined);
      return Object.fromEntries(given) as MangoQuery<StoredItem>;
    });
}

/** Two times in five the value, otherwise what stands for none. */
function rarely<Value>(value: fc.Arbitrary<Value>, none: Value | undefined): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ arbitrary: value, weight: 2 }, { arbitrary: fc.constant(none), weight: 3 });
}

function selectorOf(values: Values, depth: number): fc.Arbitrary<Selector> {
  const fields = fc.uniqueArray(fieldOf(values), { maxLength: 3, selector: ([path]) => path }).map(Object.fromEntries);
  if (depth === 0) return fields;
  const nested = fc.array(selectorOf(values, depth - 1), { minLength: 1, maxLength: 3 });
  const logical = fc.constantFrom('$or', '$and', '$nor').chain((key) => nested.map((list) => ({ [key]: list })));
  return fc.tuple(fields, rarely<Selector>(logical, {})).map(([own, more]) => ({ ...own, ...more }));
}

function fieldOf(values: Values): fc.Arbitrary<[string, Operation]> {
  const other = values.loose ? [{ arbitrary: fc.constantFrom<unknown>(null, true, 1, '1', 'a'), weight: 2 }] : [];
  const text = fc.oneof({ arbitrary: fc.constantFrom<unknown>(...values.strings), weight: 6 }, ...other);
  const number = fc.oneof({ arbitrary: fc.constantFrom<unknown>(...values.numbers), weight: 6 }, ...other);
  const flag = fc.oneof({ arbitrary: fc.constantFrom<unknown>(true, false), weight: 6 }, ...other);
  const rank = fc.integer({ min: 0, max: 5 });
  return fc.oneof(
    fc.tuple(fc.constantFrom('name', 'city', 'note', 'tags'), fc.oneof(operationOf(text), textOperation())),
    fc.tuple(fc.constantFrom('age', 'weight'), operationOf(number)),
    fc.tuple(fc.constant('active'), operationOf(flag)),
    fc.tuple(fc.constant('nested.rank'), operationOf(rank)),
  );
}

function operationOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<Operation> {
  const list = fc.array(value, { maxLength: 5 });
  const simple = fc.oneof(
    fc
      .constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte')
      .chain((key) => value.map((given) => ({ [key]: given }))),
    fc.record({ $gte: value, $lt: value }),
    fc.record({ $gt: value, $lte: value }),
    fc.constantFrom('$in', '$nin').chain((key) => list.map((given) => ({ [key]: given }))),
    fc.boolean().map(($exists) => ({ $exists })),
  );
  return fc.oneof(
    { arbitrary: simple, weight: 6 },
    { arbitrary: simple.map(($not) => ({ $not })), weight: 1 },
    { arbitrary: fc.tuple(simple, simple).map(([one, two]) => ({ ...one, ...two })), weight: 1 },
  );
}

function textOperation(): fc.Arbitrary<Operation> {
  const regex = fc
    .constantFrom('^a', 'b$', '[ab]', '.', 'E')
    .chain(($regex) => fc.constantFrom({ $regex }, { $regex, $options: 'i' }));
  return fc.oneof(regex, fc.constant({ $type: 'string' }));
}

function sortOf(): fc.Arbitrary<Record<string, 'asc' | 'desc'>[]> {
  const path = fc.constantFrom('name', 'age', 'active', 'nested.rank', 'city', 'weight', 'note', 'id', '_meta.lwt');
  const part = fc.tuple(path, fc.constantFrom<'asc' | 'desc'>('asc', 'desc'));
  return fc
    .uniqueArray(part, { minLength: 1, maxLength: 3, selector: ([field]) => field })
    .map((parts) => parts.map(([field, direction]) => ({ [field]: direction })));
}
