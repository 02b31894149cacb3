import { expect, test } from 'vitest';
import { faultsOfSchema as interpreted } from '../../../packages/core/src/schema/interpreted-schema-faults.ts';
import type { DocumentSchema } from '../../../packages/core/src/schema/json-schema.ts';
import { faultsOfSchema as compiled } from '../../../packages/core/src/schema/validator.ts';

test.each([
  [{ type: 'string', minLength: -1 }],
  [{ type: 'string', maxLength: 1.5 }],
  [{ type: 'string', maxLength: '3' }],
  [{ type: 'string', pattern: 7 }],
  [{ type: 'string', format: 7 }],
  [{ type: 'integer', minimum: '0' }],
  [{ type: 'integer', multipleOf: 0 }],
  [{ type: 'integer', multipleOf: -2 }],
  [{ type: 'array', items: 7 }],
  [{ type: 'array', items: { type: 'string', minLength: -1 } }],
  [{ type: 'array', minItems: -1 }],
  [{ type: 'array', uniqueItems: 'yes' }],
  [{ type: 'object', required: ['a', 'a'] }],
  [{ type: 'object', required: [7] }],
  [{ type: 'object', properties: { b: { type: 'string', minLength: -1 } } }],
  [{ type: 'object', properties: { b: null } }],
  [{ type: 'object', additionalProperties: { type: 'string', maxLength: -1 } }],
  [{ type: 'object', propertyNames: { maxLength: -1 } }],
  [{ type: ['string', 'string'] }],
  [{ type: [] }],
  [{ type: 7 }],
  [{ enum: 'a' }],
  [{ anyOf: [] }],
  [{ anyOf: [{ type: 'string', minLength: -1 }] }],
  [{ oneOf: [7] }],
  [{ title: 7 }],
])('%j is refused in browsers as elsewhere', (field) => {
  const schema = { type: 'object', properties: { a: field } } as unknown as DocumentSchema;

  expect(compiled(schema)).not.toEqual([]);
  expect(interpreted(schema)).not.toEqual([]);
  expect(interpreted(schema)[0]?.path.startsWith('/properties/a')).toBe(true);
});

test('what is right is right in browsers too', () => {
  const schema: DocumentSchema = {
    type: 'object',
    properties: {
      a: { type: ['string', 'null'], minLength: 0, maxLength: 3, pattern: 'a', format: 'date', description: 'A' },
      b: { type: 'array', items: { enum: [1, 'a', null] }, minItems: 0, uniqueItems: true },
      c: { anyOf: [{ type: 'integer', multipleOf: 0.5, minimum: -1 }, { const: 'x' }] },
      d: { type: 'object', properties: {}, required: [], additionalProperties: { type: 'boolean' } },
    },
    required: ['a'],
    additionalProperties: false,
  };

  expect(interpreted(schema)).toEqual([]);
  expect(compiled(schema)).toEqual([]);
});
