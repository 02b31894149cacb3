import { type Datastore, defineDatastore, MAX_ID_LENGTH } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import * as z from 'zod';

const declare = (properties: object, rest: object = {}): Datastore =>
  Reflect.apply(defineDatastore, undefined, [
    { name: 'thing', schema: { type: 'object', properties, required: Object.keys(properties) }, ...rest },
  ]);

test('the id is added to the schema and closed in length', () => {
  expect(declare({}).schema).toEqual({
    type: 'object',
    properties: { id: { type: 'string', minLength: 1, maxLength: MAX_ID_LENGTH } },
    required: ['id'],
    additionalProperties: false,
  });
});

test('an id of its own keeps its rules', () => {
  expect(declare({ id: { type: 'string', format: 'uuid', maxLength: 36 } }).schema.properties['id']).toEqual({
    type: 'string',
    minLength: 1,
    maxLength: 36,
    format: 'uuid',
  });
});

test('objects are closed at every depth, maps and open objects stay open', () => {
  const inner = { type: 'object', properties: { b: { type: 'string' } } };
  const { schema } = declare({
    object: inner,
    list: { type: 'array', items: inner },
    choice: { anyOf: [{ type: 'null' }, inner] },
    map: { type: 'object', additionalProperties: inner },
    open: { type: 'object' },
  });

  const closed = { ...inner, additionalProperties: false };
  expect(schema.properties).toMatchObject({
    object: closed,
    list: { items: closed },
    choice: { anyOf: [{ type: 'null' }, closed] },
    map: { additionalProperties: closed },
    open: { type: 'object' },
  });
  expect(schema.properties['open']).not.toHaveProperty('additionalProperties');
});

test.each([
  ['a text', { type: 'string' }, { maxLength: 256 }],
  ['a text with a length', { type: 'string', maxLength: 12 }, { maxLength: 12 }],
  ['one of several texts', { type: 'string', enum: ['ab', 'abcd'] }, { maxLength: 4 }],
  ['an integer', { type: 'integer' }, { minimum: -4e15, maximum: 4e15, multipleOf: 1 }],
  ['an integer with one bound', { type: 'integer', minimum: 0 }, { minimum: 0, maximum: 4e15, multipleOf: 1 }],
  [
    'an integer of zod',
    { type: 'integer', exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    { minimum: 1, maximum: 4e15 },
  ],
  [
    'steps of five',
    { type: 'integer', minimum: 0, maximum: 50, multipleOf: 5 },
    { minimum: 0, maximum: 50, multipleOf: 5 },
  ],
])('%s gets the bounds that its index needs, and keeps its own', (_what, property, expected) => {
  expect(declare({ a: property }, { indexes: ['a'] }).schema.properties['a']).toMatchObject(expected);
  expect(declare({ a: property }).schema.properties['a']).toEqual(property);
});

test('a list of types becomes a choice, in which each keyword stays with its type', () => {
  const { schema } = declare({
    a: { type: ['string', 'integer', 'null'], minLength: 2, minimum: 5, description: 'A.' },
  });

  expect(schema.properties['a']).toEqual({
    description: 'A.',
    anyOf: [{ type: 'string', minLength: 2 }, { type: 'integer', minimum: 5 }, { type: 'null' }],
  });
});

test('annotations that no validator knows are left out', () => {
  expect(declare({ a: { type: 'string', title: 'A', examples: ['x'], 'x-ui': 1 } }).schema.properties['a']).toEqual({
    type: 'string',
  });
});

test('a format that only a generator knows gives way to the pattern beside it', () => {
  const { schema } = defineDatastore({ name: 'thing', schema: z.object({ id: z.string(), token: z.nanoid() }) });

  expect(schema.properties['token']).toEqual({ type: 'string', pattern: expect.any(String) });
});

test('the declaration of zod keeps required, nullable and default apart', () => {
  const datastore = defineDatastore({
    name: 'thing',
    schema: z.object({ id: z.string(), a: z.string().optional(), b: z.int().nullable(), c: z.string().default('x') }),
  });

  expect(datastore.schema.required).toEqual(['id', 'b', 'c']);
  expect(datastore.schema.properties).toMatchObject({
    a: { type: 'string' },
    b: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    c: { type: 'string', default: 'x' },
  });
});

test('a datastore cannot be changed, and what it was declared from stays free', () => {
  const properties = { a: { type: 'string', enum: ['x'] } };
  const fields = { a: { serverOnly: true } };
  const datastore = declare(properties, { fields });

  expect(() => Object.assign(datastore, { name: 'other' })).toThrow(TypeError);
  expect(() => Object.assign(datastore.schema.properties, { b: {} })).toThrow(TypeError);
  expect(() => Object.assign(datastore.fields['a'] ?? {}, { serverOnly: false })).toThrow(TypeError);
  expect(Object.isFrozen(properties.a.enum)).toBe(false);
  expect(Object.isFrozen(fields.a)).toBe(false);
});

test('what is not said has its default', () => {
  expect(declare({})).toMatchObject({
    version: 0,
    indexes: [],
    search: [],
    fields: {},
    conflict: 'server-wins',
    versions: {},
  });
});
