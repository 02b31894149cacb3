import { type DocumentOf, defineDatastore } from './datastore.ts';
import { mergeListBy } from './merge-list.ts';

/** The product catalog: what is sold. Prices are whole numbers in the minor unit of `currency` (1999 = 19.99). */
export const productCatalog = defineDatastore({
  name: 'product',
  schema: {
    type: 'object',
    properties: {
      sku: { type: 'string', minLength: 1, maxLength: 64 },
      name: { type: 'string', minLength: 1, maxLength: 200 },
      status: { type: 'string', enum: ['draft', 'active', 'discontinued'], maxLength: 16 },
      description: { type: 'string' },
      brand: { type: 'string' },
      category: { type: 'string' },
      categories: { type: 'array', items: { type: 'string' } },
      keywords: { type: 'array', items: { type: 'string' } },
      price: { type: 'integer', minimum: 0 },
      listPrice: { type: 'integer', minimum: 0 },
      cost: { type: 'integer', minimum: 0 },
      currency: { type: 'string', minLength: 3, maxLength: 3 },
      taxClass: { type: 'string' },
      unit: { type: 'string' },
      packaging: { type: 'string' },
      barcodes: { type: 'array', items: { type: 'string' } },
      supplierId: { type: 'string' },
      parentId: { type: 'string', description: 'The product this one is a variant of.' },
      options: {
        type: 'array',
        description: 'What makes this variant: colour, size, …',
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, value: { type: 'string' } },
          required: ['name', 'value'],
        },
      },
      attributes: {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, value: { type: 'string' }, unit: { type: 'string' } },
          required: ['name', 'value'],
        },
      },
      media: {
        type: 'array',
        items: {
          type: 'object',
          properties: { url: { type: 'string' }, kind: { type: 'string' }, alt: { type: 'string' } },
          required: ['url'],
        },
      },
      weightGrams: { type: 'integer', minimum: 0 },
      widthMm: { type: 'integer', minimum: 0 },
      heightMm: { type: 'integer', minimum: 0 },
      depthMm: { type: 'integer', minimum: 0 },
      reorderLevel: { type: 'integer', minimum: 0 },
      availableFrom: { type: 'string', format: 'date' },
      updatedAt: { type: 'string', format: 'date-time' },
    },
    required: ['sku', 'name', 'status'],
  } as const,
  indexes: ['sku', 'name', ['status', 'name']],
  search: ['name', 'sku', 'brand', 'category', 'description', 'keywords'],
  fields: {
    price: { owner: 'erp' },
    cost: { owner: 'erp', serverOnly: true },
    attributes: { conflict: mergeListBy('name') },
    media: { conflict: mergeListBy('url') },
  },
});

/** One product. */
export type Product = DocumentOf<typeof productCatalog>;
