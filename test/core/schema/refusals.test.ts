import { DatastoreError } from '@datastores/core';
import { defineDatastore } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import * as z from 'zod';

/** Declares without the help of the compiler, as a JavaScript user or a generated declaration does. */
function problemOf(declaration: object): string {
  try {
    Reflect.apply(defineDatastore, undefined, [{ name: 'thing', ...declaration }]);
  } catch (error) {
    if (error instanceof DatastoreError && error.code === 'SCHEMA_INVALID') return error.message;
    throw error;
  }
  return 'accepted';
}

const text = { type: 'string' };
const fields = (properties: object, rest: object = {}) => ({ schema: { type: 'object', properties, ...rest } });
const indexed = (property: object, required = ['a']) => ({ ...fields({ a: property }, { required }), indexes: ['a'] });
function nested(depth: number): object {
  return depth === 0 ? text : { type: 'object', properties: { a: nested(depth - 1) } };
}
const step = { up: (document: object) => document, down: (document: object) => document };

/** What is declared, and what the message says: the place, and what to write. */
const refusals: Record<string, readonly [declaration: object, place: string, remedy: string]> = {
  'an upper-case name': [{ name: 'Product', ...fields({ a: text }) }, 'name', 'lower-case letter'],
  'a missing name': [{ name: undefined, ...fields({ a: text }) }, 'name', 'lower-case letter'],
  'a name of more than 32 letters': [{ name: 'a'.repeat(33), ...fields({ a: text }) }, 'name', 'at most 32'],
  'a name that RxDB uses': [{ name: 'storage', ...fields({ a: text }) }, '"storage"', 'choose another'],
  'a name that makes a promise': [{ name: 'then', ...fields({ a: text }) }, '"then"', 'choose another'],
  'a name of ours': [{ name: 'receipts', ...fields({ a: text }) }, '"receipts"', 'choose another'],
  'no schema': [{}, 'schema', '{ type: "object", properties'],
  'a schema of another type': [{ schema: { type: 'string' } }, 'schema', '{ type: "object", properties'],
  'a schema without properties': [{ schema: { type: 'object' } }, 'schema', '{ type: "object", properties'],
  'an open document': [fields({ a: text }, { additionalProperties: true }), 'closed', 'take out additionalProperties'],
  'a document of several shapes': [fields({ a: text }, { anyOf: [{}] }), 'one shape', 'several datastores'],
  'an id that is a number': [fields({ id: { type: 'integer' } }), '"id"', '{ type: "string" }'],
  'an id that may be too long': [fields({ id: { ...text, maxLength: 500 } }), '"id"', '128 or less'],
  'an id with a default': [fields({ id: { ...text, default: 'x' } }), '"id"', 'take it out'],
  'a field that starts with "_"': [fields({ _rev: text }), '"_rev"', 'rename it'],
  'a field that ends with "_"': [fields({ a_: text }), '"a_"', 'rename it'],
  'a field with a hyphen': [fields({ 'unit-price': text }), '"unit-price"', 'rename it'],
  'a field with a dot inside an object': [fields({ a: nested1({ 'b.c': text }) }), '"a.b.c"', 'rename it'],
  'a field that hides a method': [fields({ remove: text }), '"remove"', 'rename it'],
  'a field called deleted': [fields({ deleted: text }), '"deleted"', 'rename it'],
  'a field that makes a promise': [fields(Object.fromEntries([['then', text]])), '"then"', 'rename it'],
  'a nested field called properties': [fields({ a: nested1({ properties: text }) }), '"a.properties"', 'rename it'],
  'a required field that is not declared': [fields({ a: text }, { required: ['b'] }), '"b"', 'declare it'],
  'a nested required field that is not declared': [
    fields({ a: { ...nested1({ b: text }), required: ['c'] } }),
    '"c" is in required of "a"',
    'declare it',
  ],
  'required as a flag': [fields({ a: { ...text, required: true } }), '"a"', 'name the required fields'],
  'an unknown type': [fields({ a: { type: 'date' } }), '"a" has the unknown type "date"', 'use one of string'],
  'a field that is no schema': [fields({ a: 'string' }), '"a"', '{ type: "string" }'],
  'a reference': [fields({ a: { $ref: '#/definitions/b' } }), '$ref', 'write the schema out in place'],
  allOf: [fields({ a: { allOf: [text] } }), '"a" uses allOf', 'one object'],
  'a tuple': [
    fields({ a: { type: 'array', items: [text], additionalItems: false } }),
    '"a" is a tuple',
    'named fields',
  ],
  'a broken pattern': [fields({ a: { ...text, pattern: '(' } }), '"a" has a pattern', 'correct it'],
  'an unknown format': [fields({ a: { ...text, format: 'colour' } }), '"colour"', 'use a known one, or a pattern'],
  'an enum of objects': [fields({ a: { enum: [{}] } }), '"a" has an object', 'only strings, numbers'],
  'an enum of nothing': [fields({ a: { enum: [] } }), '"a" has an enum', 'list its values'],
  'a length without a type': [fields({ a: { minLength: 2 } }), '"a" uses minLength', 'add the type'],
  'a bound of a text': [fields({ a: { ...text, minimum: 2 } }), '"a" uses minimum', '{ type: "number" }'],
  'a negative length': [fields({ a: { ...text, maxLength: -1 } }), '"a.maxLength" of the schema', 'correct it'],
  'an enum with a value twice': [fields({ a: { enum: ['x', 'x'] } }), '"a.enum" of the schema', 'correct it'],
  'a default inside an object': [fields({ a: nested1({ b: { ...text, default: 'x' } }) }), '"a.b"', 'take it out'],
  'a default that is an object': [fields({ a: { type: 'object', default: { b: 1 } } }), '"a"', 'take it out'],
  'a default of another type': [fields({ a: { ...text, default: 5 } }), 'default of "a" must be string', 'correct it'],
  'a default outside its enum': [fields({ a: { enum: ['x'], default: 'y' } }), 'must be one of ["x"]', 'correct it'],
  'too deep nesting': [fields({ a: nested(40) }), 'nested deeper than 32', 'flatten it'],
  'an index of an unknown field': [{ ...fields({ a: text }), indexes: ['b'] }, '"b" in indexes', 'declare it'],
  'an index of a nested field': [{ ...fields({ a: nested(1) }), indexes: ['a.a'] }, '"a.a"', 'copy the value to one'],
  'an index of an optional field': [indexed(text, []), '"a" is indexed', 'add it to required'],
  'an index of an object': [indexed({ type: 'object' }), '"a" is indexed', 'one type of'],
  'an index of several types': [indexed({ type: ['string', 'null'] }), '"a" is indexed', 'one type of'],
  'an index of a long text': [indexed({ ...text, maxLength: 5000 }), '"a" is indexed', 'maxLength to 2048'],
  'an index of an unbounded number': [indexed({ type: 'number' }), '"a"', 'add minimum, maximum and multipleOf'],
  'an index with too small steps': [
    indexed({ type: 'number', minimum: 0, maximum: 1, multipleOf: 1e-9 }),
    '"a"',
    'at least 0.000001',
  ],
  'an index of a range that is not exact': [
    indexed({ type: 'number', minimum: 0, maximum: 1e15, multipleOf: 0.001 }),
    '"a"',
    'closer',
  ],
  'an index of integers that are not exact': [
    indexed({ type: 'integer', minimum: -8e15, maximum: 8e15 }),
    '"a"',
    'closer',
  ],
  'an index of integers in parts': [indexed({ type: 'integer', multipleOf: 0.5 }), '"a"', 'a whole number from 1'],
  'an index of the id': [{ ...fields({ a: text }), indexes: ['id'] }, '"id"', 'take it out of indexes'],
  'an empty index': [{ ...fields({ a: text }), indexes: [[]] }, 'names no field', 'take it out'],
  'an index declared twice': [{ ...indexed(text), indexes: ['a', ['a']] }, 'a is declared twice', 'take one out'],
  'an index with a field twice': [{ ...indexed(text), indexes: [['a', 'a']] }, 'a+a', 'take one out'],
  'a search in an unknown field': [{ ...fields({ a: text }), search: ['b'] }, '"b" in search', 'declare it'],
  'a search in a number': [{ ...fields({ a: { type: 'integer' } }), search: ['a'] }, '"a" in search', 'string'],
  'a rule of an unknown field': [{ ...fields({ a: text }), fields: { b: {} } }, '"b" in fields', 'declare it'],
  'a rule of the id': [{ ...fields({ a: text }), fields: { id: {} } }, '"id" in fields', 'take it out'],
  'a counter of text': [{ ...fields({ a: text }), fields: { a: { counter: true } } }, '"a"', '{ type: "integer" }'],
  'a counter of fractions': [
    { ...fields({ a: { type: 'number' } }), fields: { a: { counter: true } } },
    '"a" is a counter',
    'smallest unit',
  ],
  'a counter with a policy': [
    { ...fields({ a: { type: 'integer' } }), fields: { a: { counter: true, conflict: 'server-wins' } } },
    '"a" is a counter',
    'take out its conflict policy',
  ],
  'a counter that is fixed': [
    { ...fields({ a: { type: 'integer' } }), fields: { a: { counter: true, immutable: true } } },
    '"a" is a counter and immutable',
    'take one of them out',
  ],
  'an unknown policy of a field': [
    { ...fields({ a: text }), fields: { a: { conflict: 'lww' } } },
    '"a"',
    'server-wins',
  ],
  'an unknown policy': [{ ...fields({ a: text }), conflict: 'last' }, 'conflict policy', '"replica-wins"'],
  'an owner that is no system': [{ ...fields({ a: text }), fields: { a: { owner: 'The ERP' } } }, '"a"', '"erp"'],
  'a broken version': [{ ...fields({ a: text }), version: -1 }, 'version', 'whole number from 0'],
  'a version without its step': [{ ...fields({ a: text }), version: 1 }, 'Version 1', 'versions[1] = { up, down }'],
  'a step beyond the version': [{ ...fields({ a: text }), versions: { 1: step } }, 'versions[1]', 'set version'],
  'a step that is no step': [{ ...fields({ a: text }), version: 1, versions: { 1: {} } }, 'versions[1]', 'functions'],
  'a zod schema with a date': [{ schema: z.object({ id: z.string(), at: z.date() }) }, 'Date', 'z.iso.datetime()'],
  'a zod schema of a union': [
    { schema: z.union([z.object({ id: z.string() }), z.object({ id: z.string(), b: z.string() })]) },
    'schema',
    '{ type: "object"',
  ],
  'an open zod object': [{ schema: z.looseObject({ id: z.string() }) }, 'closed', 'take out additionalProperties'],
  'a zod schema with a named part': [
    { schema: z.object({ id: z.string(), a: z.object({ b: z.string() }).meta({ id: 'Part' }) }) },
    '$ref',
    'take out .meta({ id })',
  ],
  'a schema library without JSON Schema': [
    { schema: { '~standard': { version: 1, vendor: 'old', validate: () => ({ value: 1 }) } } },
    'Standard JSON Schema',
    'use zod 4.2',
  ],
};

function nested1(properties: object): object {
  return { type: 'object', properties };
}

test.each(Object.entries(refusals))(
  '%s is refused with its place and what to write',
  (_what, [given, place, remedy]) => {
    const problem = problemOf(given);

    expect(problem).toMatch(/^SCHEMA_INVALID: Datastore "/);
    expect(problem).toContain(place);
    expect(problem).toContain(remedy);
  },
);

test('several problems are reported at once', () => {
  const problem = problemOf({
    name: 'Thing',
    ...fields({ _a: text, b: text }, { required: ['c'] }),
    indexes: ['b'],
    search: ['d'],
    version: 1,
  });

  for (const part of ['lower-case', '"_a"', '"c" is in required', '"b" is indexed', '"d" in search', 'Version 1']) {
    expect(problem).toContain(part);
  }
});

test('a refused declaration lists its problems as details', () => {
  const declare = () =>
    Reflect.apply(defineDatastore, undefined, [{ name: 'thing', ...fields({ _a: text, _b: text }) }]);

  expect(declare).toThrow(
    expect.objectContaining({ details: [expect.stringContaining('_a'), expect.stringContaining('_b')] }),
  );
});
