import {
  defineDatastore,
  diffDocument,
  type JsonDocument,
  type JsonValue,
  mergeChange,
  mergeListBy,
  sameJson,
} from '@datastores/core/schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const names = ['a', 'b', 'c', 'r', 'n', 'lines'] as const;
const anything = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
const fields = {
  a: anything,
  b: anything,
  c: anything,
  r: anything,
  n: fc.integer({ min: -1e6, max: 1e6 }),
  lines: fc.array(fc.record({ line: fc.integer({ min: 1, max: 4 }), quantity: fc.nat() }), { maxLength: 4 }),
};
const document = fc.record(
  { id: fc.constant('x'), ...fields },
  { requiredKeys: ['id'] },
) as unknown as fc.Arbitrary<JsonDocument>;

const open = { anyOf: [{}] };
const thing = Reflect.apply(defineDatastore, undefined, [
  {
    name: 'thing',
    schema: { type: 'object', properties: { a: open, b: open, c: open, r: open, n: { type: 'integer' }, lines: open } },
    fields: { r: { conflict: 'replica-wins' }, n: { counter: true }, lines: { conflict: mergeListBy('line') } },
  },
]) as ReturnType<typeof defineDatastore>;

const merge = (base: JsonDocument, server: JsonDocument, replica: JsonDocument) =>
  mergeChange(thing, server, diffDocument(base, replica));

test('a change of an unchanged base gives the replica state without a decision', () => {
  fc.assert(
    fc.property(document, document, (base, replica) => {
      const merged = merge(base, base, replica);
      expect(sameJson(merged.document, replica)).toBe(true);
      expect(merged.decisions).toEqual([]);
    }),
  );
});

test('a change that changes nothing keeps the server state', () => {
  fc.assert(
    fc.property(document, document, (base, server) => {
      expect(merge(base, server, base)).toEqual({ document: server, decisions: [] });
    }),
  );
});

test('a change that has arrived already changes nothing again, but for counters', () => {
  fc.assert(
    fc.property(document, document, (base, replica) => {
      const sent = { ...replica, n: base['n'] };
      const again = merge(base, sent, sent);
      expect(sameJson(again.document, sent)).toBe(true);
      expect(again.decisions).toEqual([]);
    }),
  );
});

test('changes of different fields commute and need no decision', () => {
  fc.assert(
    fc.property(fc.tuple(document, document, document), fc.subarray([...names]), ([base, one, two], ofOne) => {
      const first = withFields(base, one, ofOne);
      const second = withFields(
        base,
        two,
        names.filter((name) => !ofOne.includes(name)),
      );
      const firstThenSecond = merge(base, first, second);
      const secondThenFirst = merge(base, second, first);
      expect(sameJson(firstThenSecond.document, secondThenFirst.document)).toBe(true);
      expect([...firstThenSecond.decisions, ...secondThenFirst.decisions]).toEqual([]);
    }),
  );
});

test('counters add up in any order, whatever each replica counted', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1e6, max: 1e6 }),
      fc.array(fc.integer({ min: -1e4, max: 1e4 }), { maxLength: 6 }),
      (start, counted) => {
        const base = { id: 'x', n: start };
        const apply = (order: readonly number[]) =>
          order.reduce<JsonDocument>((server, by) => merge(base, server, { id: 'x', n: start + by }).document, base);
        const expected = start + counted.reduce((sum, by) => sum + by, 0);
        expect(apply(counted)).toEqual({ id: 'x', n: expected });
        expect(apply([...counted].reverse())).toEqual({ id: 'x', n: expected });
      },
    ),
  );
});

test('a counter that neither base nor server has starts at zero', () => {
  expect(merge({ id: 'x' }, { id: 'x' }, { id: 'x', n: 3 }).document).toEqual({ id: 'x', n: 3 });
  expect(merge({ id: 'x' }, { id: 'x', n: 4 }, { id: 'x', n: 3 }).document).toEqual({ id: 'x', n: 7 });
});

test('decisions list exactly the fields that both changed differently, with what decided', () => {
  fc.assert(
    fc.property(document, document, document, (base, server, replica) => {
      const { document: merged, decisions } = merge(base, server, replica);
      const both = names.filter(
        (name) =>
          !(name === 'n' && replica[name] !== undefined) &&
          !sameJson(base[name], server[name]) &&
          !sameJson(base[name], replica[name]) &&
          !sameJson(server[name], replica[name]),
      );
      expect(decisions.map(({ field }) => field).sort()).toEqual([...both].sort());
      for (const { field, rule, result } of decisions) {
        if (rule === 'server-wins') expect(merged[field]).toEqual(server[field]);
        if (rule === 'replica-wins') expect(merged[field]).toEqual(replica[field]);
        expect(rule).toBe(field === 'r' ? 'replica-wins' : field === 'lines' ? 'mergeListBy(line)' : 'server-wins');
        expect(sameJson(result, merged[field] ?? null)).toBe(true);
      }
    }),
  );
});

test('the order of keys inside a value is no change', () => {
  const base = { id: 'x', a: { p: 1, q: 2 } };

  expect(diffDocument(base, { id: 'x', a: { q: 2, p: 1 } })).toMatchObject({ changed: [], was: {} });
});

test('absent and null are different, absent and undefined are not', () => {
  expect(diffDocument({ id: 'x', a: null }, { id: 'x' })).toMatchObject({ changed: ['a'], was: { a: null } });
  expect(diffDocument({ id: 'x' }, { id: 'x', a: null })).toEqual({
    document: { id: 'x', a: null },
    changed: ['a'],
    was: {},
  });
  expect(diffDocument({ id: 'x', a: undefined }, { id: 'x' })).toMatchObject({ changed: [] });
});

test('a field that the replica removed is removed, not set to undefined', () => {
  const merged = merge({ id: 'x', a: 1, b: 1 }, { id: 'x', a: 1, b: 2 }, { id: 'x', b: 1 });

  expect(Object.keys(merged.document)).toEqual(['id', 'b']);
});

test('everything of a new document is changed, from nothing', () => {
  expect(diffDocument(null, { id: 'x', a: 1 })).toEqual({ document: { id: 'x', a: 1 }, changed: ['a'], was: {} });
});

test('the policy of the datastore holds for fields without their own', () => {
  const replicaWins = defineDatastore({
    name: 'thing',
    schema: { type: 'object', properties: { a: {} } },
    conflict: 'replica-wins',
  });
  const change = diffDocument({ id: 'x', a: 1 }, { id: 'x', a: 3 });

  expect(mergeChange(replicaWins, { id: 'x', a: 2 }, change)).toEqual({
    document: { id: 'x', a: 3 },
    decisions: [{ field: 'a', rule: 'replica-wins', base: 1, server: 2, replica: 3, result: 3 }],
  });
});

test('a merge function that answers undefined removes the field and says so', () => {
  const drop = defineDatastore({
    name: 'thing',
    schema: { type: 'object', properties: { a: {} } },
    fields: {
      a: {
        conflict: function dropBoth() {
          return undefined;
        },
      },
    },
  });

  expect(mergeChange(drop, { id: 'x', a: 2 }, diffDocument({ id: 'x' }, { id: 'x', a: 3 }))).toEqual({
    document: { id: 'x' },
    decisions: [{ field: 'a', rule: 'dropBoth', base: null, server: 2, replica: 3, result: null }],
  });
});

test.each(['id', '__proto__', 'constructor', 'toString'])(
  'a change that names %s reaches neither id nor prototypes',
  (field) => {
    const hostile = { document: JSON.parse('{"id":"y","__proto__":{"admin":true}}'), changed: [field], was: {} };
    const merged = mergeChange(thing, { id: 'x', a: 1 }, hostile);

    expect(merged.document).toEqual({ id: 'x', a: 1 });
    expect(Object.getPrototypeOf(merged.document)).toBe(Object.prototype);
    expect(merged.decisions).toEqual([]);
  },
);

function withFields(base: JsonDocument, other: JsonDocument, chosen: readonly string[]): JsonDocument {
  const mixed: Record<string, JsonValue | undefined> = { ...base };
  for (const name of chosen) {
    if (other[name] === undefined) delete mixed[name];
    else mixed[name] = other[name];
  }
  return mixed as JsonDocument;
}
