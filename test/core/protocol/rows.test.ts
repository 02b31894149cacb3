import {
  formatPulledRows,
  MAX_CHANGED_FIELDS,
  MAX_PUSH_ROWS,
  parsePulledRows,
  parsePushRows,
  pushRowSchema,
} from '@datastores/core/protocol';
import { plainJsonIssues } from '@datastores/core/schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const row = { id: 'x', base: 'e.1.t', edit: 3, changed: ['a'], was: { a: 1 }, doc: { id: 'x', a: 2 } };
const parse = (...rows: unknown[]) => parsePushRows(JSON.stringify(rows));
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

test('rows of the right form are read as they are', () => {
  const rows = [
    row,
    { ...row, doc: null },
    { ...row, scope: 'shop-1' },
    { ...row, scope: 'shop-1', held: 'e.2.t' },
    { id: 'y', base: null, edit: 0, changed: ['b'], was: {}, doc: { id: 'y', b: [null] } },
  ];

  expect(parse(...rows)).toEqual(rows);
});

test('a document of the deepest allowed nesting can be pushed', () => {
  expect(parse({ ...row, doc: { id: 'x', a: nested(31) } })).toEqual([{ ...row, doc: { id: 'x', a: nested(31) } }]);
});

test.each([
  ['an unknown field', { ...row, admin: true }, 'admin'],
  ['no id', { ...row, id: undefined }, 'id'],
  ['an empty id', { ...row, id: '' }, 'id'],
  ['a long id', { ...row, id: 'x'.repeat(129) }, 'id'],
  ['another id in its document', { ...row, doc: { id: 'y' } }, 'not the id of its document'],
  ['a document without an id', { ...row, doc: { a: 1 } }, 'id'],
  ['a document that is a list', { ...row, doc: [] }, 'doc'],
  ['a base that is a number', { ...row, base: 1 }, 'base'],
  ['a scope that is a number', { ...row, scope: 1 }, 'scope'],
  ['an empty scope', { ...row, scope: '' }, 'scope'],
  ['a scope named like a prototype', { ...row, scope: '__proto__' }, 'scope'],
  ['a held version that is a number', { ...row, held: 2 }, 'held'],
  ['no number of its edit', { ...row, edit: undefined }, 'edit'],
  ['a negative number of its edit', { ...row, edit: -1 }, 'edit'],
  ['a number of its edit that is not whole', { ...row, edit: 1.5 }, 'edit'],
  ['a number of its edit that is not exact', { ...row, edit: 2 ** 53 }, 'edit'],
  ['a base value of an unchanged field', { ...row, was: { b: 1 } }, 'did not change'],
  ['base values without a base', { ...row, base: null }, 'no base'],
  ['a field changed twice', { ...row, changed: ['a', 'a'] }, 'twice'],
  ['a changed id', { ...row, changed: ['id'], was: {} }, 'never changes'],
  [
    'too many changed fields',
    { ...row, changed: Array.from({ length: MAX_CHANGED_FIELDS + 1 }, (_, i) => `f${i}`) },
    'changed',
  ],
  ['too deep nesting', { ...row, doc: { id: 'x', a: nested(32) } }, 'deeper than'],
  ['null', null, 'expected object'],
  ['a text', 'x', 'expected object'],
])('a row with %s is told apart, and the rest is read', (_what, bad, problem) => {
  expect(parse(row, bad, row)).toEqual([
    row,
    { id: expect.any(String), problem: expect.stringContaining(problem) },
    row,
  ]);
});

test.each([
  ['its document', '"doc":{"id":"x","__proto__":{"admin":true}}', '"was":{}'],
  ['its base values', '"doc":{"id":"x"}', '"was":{"__proto__":{"admin":true}}'],
  ['a nested value', '"doc":{"id":"x","a":{"__proto__":1}}', '"was":{}'],
])('a row that sets a prototype in %s is told apart', (_what, doc, was) => {
  const [read] = parsePushRows(`[{"id":"x","base":"e.1.t","edit":1,"changed":["__proto__"],${was},${doc}}]`);

  expect(read).toEqual({ id: 'x', problem: expect.stringContaining('/__proto__ is a key that starts with "__"') });
  expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
});

test('hostile rows are read or told apart, never thrown', () => {
  const hostile = fc.record(
    {
      id: fc.jsonValue(),
      base: fc.jsonValue(),
      edit: fc.jsonValue(),
      changed: fc.jsonValue(),
      was: fc.jsonValue(),
      doc: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(hostile, fc.jsonValue()), { maxLength: 5 }), (rows) => {
      const read = parse(...rows);
      expect(read).toHaveLength(rows.length);
      for (const one of read) expect('problem' in one || one.doc === null || one.doc.id === one.id).toBe(true);
    }),
  );
});

const text = fc.constantFrom(
  'x',
  '',
  'a',
  'id',
  '__proto__',
  'x'.repeat(128),
  'x'.repeat(129),
  'x'.repeat(200),
  'x'.repeat(201),
);
const number = fc.constantFrom(0, -0, 1, -1, 1.5, 2 ** 53 - 1, 2 ** 53);
const scalar = fc.oneof(text, number, fc.constantFrom(null, true));
const list = fc.oneof(fc.array(scalar, { maxLength: 3 }), fc.uniqueArray(fc.constantFrom('a', 'b', 'c')));
const object = fc.oneof(
  fc.dictionary(fc.constantFrom('a', 'b', 'id', '__a', 'constructor'), fc.oneof(scalar, list), { maxKeys: 3 }),
  fc.constantFrom(nested(31), nested(32), nested(33), JSON.parse('{"__proto__":{"a":1}}')),
  fc.constantFrom({ id: 'x' }, { id: 'x', a: nested(31) }, { a: 1 }),
);
const anything = fc.oneof(scalar, list, object, fc.constant(undefined));
const part = fc.constantFrom('id', 'base', 'edit', 'changed', 'was', 'doc', 'more');
const fine = fc.constantFrom(row, { ...row, doc: null }, { ...row, was: {}, doc: null });
const nearly = fc
  .tuple(fine, fc.array(fc.tuple(part, anything), { minLength: 1, maxLength: 3 }))
  .map(([row, odd]) => ({ ...row, ...Object.fromEntries(odd) }));

test('a row is read exactly if its schema allows it, and as it is', () => {
  fc.assert(
    fc.property(nearly, (given) => {
      const sent = JSON.parse(JSON.stringify(given));
      const plain = [sent.doc ?? null, sent.was ?? null].every((part) => plainJsonIssues(part).length === 0);
      const allowed = plain && pushRowSchema.safeParse(sent).success;
      const [read] = parse(sent);
      if (read === undefined) throw new Error('expected a row');
      if (!('problem' in read)) expect(read).toEqual(sent);
      else if (allowed) expect(read.problem).toMatch(/^(?:The id|A field|A base value|There are base values)/);
      if (!allowed) expect(read).toHaveProperty('problem');
    }),
    { numRuns: 5_000 },
  );
});

test('a text that is no list of rows is refused as a whole', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (text.startsWith('[')) return;
      expect(() => parsePushRows(text)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
    }),
  );
  expect(() => parse(...Array.from({ length: MAX_PUSH_ROWS + 1 }, () => row))).toThrow(`limit is ${MAX_PUSH_ROWS}`);
  expect(() => parsePushRows('['.repeat(1_000_000))).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
});

test('a page gives back what was written into it, with the text of each document as it was', () => {
  const odd = '{"id":"x","text":"tab \\t, line \\n, quote \\", \u2028, \ud83d\ude00"}';
  const written = [
    { scope: 'a', version: 'e.1.t', id: 'x', text: odd },
    { scope: 'b\t\n"', version: 'e.2.t', id: 'y', text: null },
    { scope: 'a', version: 'e.3.t', id: 'z\n', text: null },
  ];
  expect(parsePulledRows(formatPulledRows(written))).toEqual([
    { s: 'a', v: 'e.1.t', doc: JSON.parse(odd), text: odd },
    { s: 'b\t\n"', v: 'e.2.t', del: 'y' },
    { s: 'a', v: 'e.3.t', del: 'z\n' },
  ]);
  expect(parsePulledRows(formatPulledRows([]))).toEqual([]);
});

const good = 'e.1.t\t"a"\t{"id":"x"}';

test.each([
  ['JSON alone', '[{"id":"x"}]'],
  ['no document', 'e.1.t\t"a"'],
  ['no scope', 'e.1.t\t\t{"id":"x"}'],
  ['a scope that is no text', 'e.1.t\t1\t{"id":"x"}'],
  ['a scope that is no JSON', 'e.1.t\ta\t{"id":"x"}'],
  ['no version', '\t"a"\t{"id":"x"}'],
  ['a version that is none', 'e.one.t\t"a"\t{"id":"x"}'],
  ['a document without an id', 'e.1.t\t"a"\t{}'],
  ['a document that is null', 'e.1.t\t"a"\tnull'],
  ['a document that is a list', 'e.1.t\t"a"\t[]'],
  ['a document that is cut off', 'e.1.t\t"a"\t{"id":"x"'],
  ['a document and a deletion', 'e.1.t\t"a"\t{"id":"x"}"x"'],
  ['an empty line', `${good}\n\n${good}`],
  ['a line break at the end', `${good}\n`],
])('a page with %s is refused', (_what, text) => {
  expect(() => parsePulledRows(text)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
});
