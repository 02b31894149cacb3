import {
  type Customer,
  type Document,
  type DocumentOf,
  defineDatastore,
  type Order,
  type Product,
  type StockLevel,
} from '@datastores/core/schema';
import { expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';

test('a JSON Schema written as const gives the exact type of the documents', () => {
  const datastore = defineDatastore({
    name: 'thing',
    schema: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        size: { type: ['integer', 'null'] },
        kind: { enum: ['a', 'b'] },
        fixed: { const: 7 },
        tags: { type: 'array', items: { type: 'string' } },
        shape: { anyOf: [{ type: 'boolean' }, { type: 'number' }] },
        inner: { type: 'object', properties: { id: { type: 'string' }, note: { type: 'string' } }, required: ['note'] },
        map: { type: 'object', additionalProperties: { type: 'number' } },
        open: { type: 'object' },
        anything: {},
      },
      required: ['name', 'size', 'inner'],
    } as const,
    indexes: ['name', ['name', 'id']],
  });

  expectTypeOf<DocumentOf<typeof datastore>>().branded.toEqualTypeOf<{
    id: string;
    name: string;
    size: number | null;
    kind?: 'a' | 'b';
    fixed?: 7;
    tags?: string[];
    shape?: boolean | number;
    inner: { id?: string; note: string };
    map?: Record<string, number>;
    open?: Record<string, unknown>;
    anything?: unknown;
  }>();
  expect(datastore.schema.required).toEqual(['id', 'name', 'size', 'inner']);
});

test('a schema written in place, without as const, gives the same type', () => {
  const datastore = defineDatastore({
    name: 'thing',
    schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  });

  expectTypeOf<DocumentOf<typeof datastore>>().branded.toEqualTypeOf<{ id: string; name: string }>();
  expect(datastore.version).toBe(0);
});

test('a zod schema gives the type that zod infers', () => {
  const schema = z.object({ id: z.string(), count: z.int(), note: z.string().optional(), mark: z.string().nullable() });
  const datastore = defineDatastore({ name: 'thing', schema, indexes: ['count'], search: ['note', 'mark'] });

  expectTypeOf<DocumentOf<typeof datastore>>().toEqualTypeOf<z.infer<typeof schema>>();
  expect(datastore.schema.required).toEqual(['id', 'count', 'mark']);
});

test('the compiler refuses fields that the schema does not have', () => {
  const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } as const;

  // @ts-expect-error "nmae" is not a field
  expect(() => defineDatastore({ name: 'thing', schema, indexes: ['nmae'] })).toThrow('"nmae"');
  // @ts-expect-error "nmae" is not a field
  expect(() => defineDatastore({ name: 'thing', schema, search: ['nmae'] })).toThrow('"nmae"');
  // @ts-expect-error "nmae" is not a field
  expect(() => defineDatastore({ name: 'thing', schema, fields: { nmae: {} } })).toThrow('"nmae"');
});

test('the four shipped types have what their business needs', () => {
  expectTypeOf<Product>().toExtend<Document & { sku: string; name: string; price?: number }>();
  expectTypeOf<Customer>().toExtend<Document & { name: string; loyaltyPoints?: number }>();
  expectTypeOf<StockLevel>().toExtend<Document & { productId: string; location: string; onHand: number }>();
  expectTypeOf<Order['lines'][number]>().toExtend<{ line: number; productId: string; quantity: number }>();
  expectTypeOf<Order['status']>().extract<'placed' | 'cancelled'>().toEqualTypeOf<'placed' | 'cancelled'>();
  expect.assertions(0);
});
