import { assertValid, defineDatastore, issuesOf } from '@datastores/core/schema';
import { expect, test } from 'vitest';

const thing = defineDatastore({
  name: 'thing',
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 1 },
      price: { type: 'number', multipleOf: 0.01 },
      kind: { type: 'string', enum: ['a', 'b'] },
      at: { type: 'string', format: 'date-time' },
      lines: { type: 'array', items: { type: 'object', properties: { quantity: { type: 'integer' } } } },
    },
    required: ['name'],
  },
});

test.each([19.99, 0.07, 1.1, 4.35, 1_000_000.01])('the price %d is a multiple of 0.01', (price) => {
  expect(issuesOf(thing, { id: 'x', name: 'n', price })).toEqual([]);
});

test.each([
  ['a missing field', { id: 'x' }, '', "required property 'name'"],
  ['an unknown field', { id: 'x', name: 'n', nmae: 1 }, '', 'has the field "nmae"'],
  ['a value outside its list', { id: 'x', name: 'n', kind: 'c' }, '/kind', 'must be one of ["a","b"]'],
  ['a nested value', { id: 'x', name: 'n', lines: [{ quantity: 1.5 }] }, '/lines/0/quantity', 'must be integer'],
  ['a wrong time', { id: 'x', name: 'n', at: 'today' }, '/at', 'date-time'],
  ['a third decimal', { id: 'x', name: 'n', price: 0.001 }, '/price', 'multiple of 0.01'],
  ['a date object', { id: 'x', name: new Date() }, '/name', 'toISOString()'],
  ['an id with a space at its end', { id: 'x ', name: 'n' }, '/id', 'white space'],
  ['an id with a quotation mark', { id: 'x"', name: 'n' }, '/id', 'quotation marks'],
  ['an id with a line break', { id: 'x\ny', name: 'n' }, '/id', 'control characters'],
  ['an empty id', { id: '', name: 'n' }, '/id', 'fewer than 1'],
  ['a long id', { id: 'x'.repeat(129), name: 'n' }, '/id', 'more than 128'],
  ['no document', null, '', 'must be object'],
])('%s is one issue with its place', (...[, document, path, message]) => {
  expect(issuesOf(thing, document)).toEqual([{ path, message: expect.stringContaining(message) }]);
});

test('an invalid document is refused with every issue in the message and in the details', () => {
  expect(() => assertValid(thing, { id: 'x', kind: 'c', lines: 1 } as { id: string })).toThrow(
    expect.objectContaining({
      code: 'DOCUMENT_INVALID',
      message: expect.stringMatching(/thing "x": .*name.*; .*\/kind.*; .*\/lines must be array/),
      details: expect.arrayContaining([{ path: '/lines', message: 'must be array' }]),
    }),
  );
});

test('a document that is none is refused without another error', () => {
  expect(() => assertValid(thing, null as unknown as { id: string })).toThrow('DOCUMENT_INVALID');
});
