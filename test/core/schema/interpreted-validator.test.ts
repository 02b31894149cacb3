import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createValidator as interpreted,
  loadFormats,
} from '../../../packages/core/src/schema/interpreted-validator.ts';
import type { DocumentSchema, JsonSchema } from '../../../packages/core/src/schema/json-schema.ts';
import { createValidator as compiled } from '../../../packages/core/src/schema/validator.ts';
import type { SchemaFault, Validator } from '../../../packages/core/src/schema/validator-shape.ts';
import { date, dateTime } from './calendar-texts.ts';

const text = fc
  .array(fc.constantFrom('a', 'Z', '7', '-', 'é', '😀', '/', '~'), { maxLength: 5 })
  .map((all) => all.join(''));
const special = fc.constantFrom(
  ...['2026-02-29', '2024-02-29', '2026-01-01T00:00:60Z', '2026-01-01T24:00:00Z', '10:00:00Z', 'a@b.example', 'b@'],
  ...[
    'https://x.example/a?b#c',
    'x.example',
    '1.2.3.4',
    '::1',
    '550e8400-e29b-41d4-a716-446655440000',
    'P1DT2H',
    'YQ==',
  ],
);
const number = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(0.1, 0.3, 19.99, 1e300, -0.5, 2 ** 53));
const scalar = fc.oneof(text, special, number, fc.boolean(), fc.constant(null));
const key = fc.constantFrom('a', 'b', 'c', 'd/e', 'f~g', 'hasOwnProperty');

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const small = fc.nat(4);
const FORMATS = [
  ...['date', 'time', 'date-time', 'iso-time', 'iso-date-time', 'duration', 'uri', 'uri-reference', 'uri-template'],
  ...['url', 'email', 'hostname', 'ipv4', 'ipv6', 'regex', 'uuid', 'json-pointer', 'json-pointer-uri-fragment'],
  ...['relative-json-pointer', 'byte'],
];

const strings = {
  maxLength: small,
  minLength: small,
  pattern: fc.constantFrom('^[a-z]+$', '7', '\\p{L}'),
  format: fc.constantFrom(...FORMATS),
};
const numbers = {
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: fc.constantFrom(0.01, 1, 2, 0.1),
};

const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => {
  const some = tie('schema') as fc.Arbitrary<JsonSchema>;
  const of = (type: string, rules: object) =>
    fc.record({ type: fc.constant(type), ...rules }, { requiredKeys: ['type'] }) as fc.Arbitrary<JsonSchema>;
  const objects = {
    properties: fc.dictionary(fc.constantFrom('a', 'b', 'c'), some, { maxKeys: 3, noNullPrototype: true }),
    required: fc.uniqueArray(fc.constantFrom('a', 'b'), { maxLength: 2 }),
    additionalProperties: fc.oneof(fc.boolean(), some),
    propertyNames: of('string', { maxLength: small }),
  };
  const lists = { items: some, minItems: small, maxItems: small, uniqueItems: fc.boolean() };
  return {
    schema: fc.oneof(
      { maxDepth: 3 },
      of('string', strings),
      of('number', numbers),
      of('integer', numbers),
      fc.constantFrom<JsonSchema>(
        { type: 'boolean' },
        { type: 'null' },
        {},
        { type: ['string', 'null'], maxLength: 1 },
      ),
      fc.record({ enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 3, comparator: 'SameValue' }) }),
      fc.record({ const: scalar }),
      fc.record({ type: fc.constant('string' as const), enum: fc.constant(['a', '7']), maxLength: small }),
      of('array', lists),
      of('object', objects).map(named),
      fc.record({ anyOf: fc.array(some, { minLength: 1, maxLength: 3 }) }),
      fc.record({ oneOf: fc.array(some, { minLength: 1, maxLength: 3 }) }),
    ),
  };
});

/** A declaration names only such fields as required that it has. */
function named({ required, ...rest }: JsonSchema): JsonSchema {
  const known = required?.filter((field) => Object.hasOwn(rest.properties ?? {}, field));
  return known === undefined ? rest : { ...rest, required: known };
}

/** What is told to an application of a fault. */
function told(validate: Validator, document: unknown) {
  if (validate(document)) return [];
  return (validate.errors ?? []).map(({ keyword, instancePath, message, params }: SchemaFault) => ({
    keyword,
    instancePath,
    message,
    additional: params['additionalProperty'],
    allowed: keyword === 'enum' ? params['allowedValues'] : keyword === 'const' ? params['allowedValue'] : undefined,
  }));
}

test('a text fits every rare format until the formats of a schema are loaded', async () => {
  const properties = {
    a: { type: 'string', format: 'email' },
    b: { items: { type: 'string', format: 'date' } },
  } as const;
  const validate = interpreted({ type: 'object', properties });
  expect([validate({ a: 'b@' }), validate({ b: ['2026-02-29'] })]).toEqual([true, false]);

  await loadFormats({ type: 'object', properties });

  expect([validate({ a: 'b@' }), validate({ a: 'a@b.example' })]).toEqual([false, true]);
});

test('both validators find the same faults in the same order and words, whatever the schema and the document', async () => {
  const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c'), schema, { minKeys: 1, noNullPrototype: true });
  const document = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
  let faulty = 0;
  for (const format of FORMATS) await loadFormats({ type: 'object', properties: { a: { type: 'string', format } } });
  fc.assert(
    fc.property(fields, fc.array(document, { minLength: 20, maxLength: 30 }), (properties, documents) => {
      const declared: DocumentSchema = { type: 'object', properties, additionalProperties: false };
      const [ours, theirs] = [interpreted(declared), compiled(declared)];
      for (const one of documents) {
        const expected = told(theirs, one);
        faulty += expected.length > 0 ? 1 : 0;
        expect(told(ours, one)).toEqual(expected);
      }
    }),
    { numRuns: 300 },
  );
  expect(faulty).toBeGreaterThan(1_000);
}, 120_000);

test.each(FORMATS)('both validators know the same texts of the format %s', async (format) => {
  const declared: DocumentSchema = { type: 'object', properties: { a: { type: 'string', format } } };
  await loadFormats(declared);
  const [ours, theirs] = [interpreted(declared), compiled(declared)];
  fc.assert(
    fc.property(fc.oneof(special, text, date, dateTime), (a) => {
      expect(told(ours, { a })).toEqual(told(theirs, { a }));
    }),
    { numRuns: format.startsWith('date') ? 5_000 : 200 },
  );
});
