import { defineDatastore, type Issue, issuesOf, type JsonSchema } from '@datastores/core/schema';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { date, dateTime } from './calendar-texts.ts';

const piece = fc.constantFrom('a', 'Z', '7', '-', 'é', '😀', '👩‍👧', ' ');
const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

const rule: fc.Arbitrary<JsonSchema> = fc.oneof(
  fc.record(
    { type: fc.constant('string' as const), maxLength: fc.nat(6), minLength: fc.nat(6) },
    { requiredKeys: ['type'] },
  ),
  fc.constantFrom<JsonSchema>(
    { type: 'string', format: 'date' },
    { type: 'string', format: 'date-time' },
    { type: 'string', minLength: 3, maxLength: 2, pattern: '^[a-z]+$', format: 'date' },
    { anyOf: [{ type: 'string', maxLength: 2 }, { type: 'integer' }] },
    { type: 'array', items: { type: 'string', minLength: 2, format: 'date-time' } },
  ),
);
const value = fc.oneof(text, date, dateTime, fc.integer(), fc.array(fc.oneof(text, dateTime), { maxLength: 3 }));

test('the issues of a document are those that the JSON Schema validator finds, in its order', () => {
  const rules = fc.dictionary(fc.constantFrom('a', 'b', 'c'), rule, { minKeys: 1 });
  const document = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value);
  fc.assert(
    fc.property(rules, fc.array(document, { minLength: 40, maxLength: 80 }), (properties, documents) => {
      const thing = defineDatastore({ name: 'thing', schema: { type: 'object', properties } });
      const expected = stock(thing.schema);
      for (const fields of documents) {
        const document = { ...fields, id: 'x' };
        expect(issuesOf(thing, document)).toEqual(expected(document));
      }
    }),
    { numRuns: 50 },
  );
});

test('a date or a time is one exactly if the JSON Schema validator says so', () => {
  const properties = {
    date: { type: 'string', format: 'date' },
    time: { type: 'string', format: 'date-time' },
  } as const;
  const thing = defineDatastore({ name: 'thing', schema: { type: 'object', properties } });
  const expected = stock(thing.schema);
  fc.assert(
    fc.property(date, dateTime, (date, time) => {
      const document = { id: 'x', date, time };
      expect(issuesOf(thing, document)).toEqual(expected(document));
    }),
    { numRuns: 5_000 },
  );
});

function stock(schema: object): (document: unknown) => readonly Issue[] {
  const ajv = new Ajv({ allErrors: true, strict: true, multipleOfPrecision: 9 });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (document) => {
    if (validate(document)) return [];
    return (validate.errors ?? []).map(({ instancePath: path, keyword, params, message = '' }) => ({
      path,
      message:
        keyword === 'additionalProperties'
          ? `has the field "${params['additionalProperty']}", which the schema does not know`
          : message,
    }));
  };
}
