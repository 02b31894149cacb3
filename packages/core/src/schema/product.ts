import { type DocumentOf, defineDatastore } from './datastore.ts';
import { externalReferences } from './external-references.ts';
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
      kind: { type: 'string', enum: ['goods', 'service', 'bundle'] },
      description: { type: 'string' },
      brand: { type: 'string' },
      manufacturer: { type: 'string' },
      manufacturerPartNumber: { type: 'string' },
      category: { type: 'string' },
      categories: { type: 'array', items: { type: 'string' } },
      keywords: { type: 'array', items: { type: 'string' } },
      price: { type: 'integer', minimum: 0 },
      listPrice: { type: 'integer', minimum: 0 },
      cost: { type: 'integer', minimum: 0 },
      currency: { type: 'string', minLength: 3, maxLength: 3 },
      priceTiers: {
        type: 'array',
        description: 'Prices for a price list, from a quantity on; `price` holds where none fits.',
        items: {
          type: 'object',
          properties: {
            id: { type: 'string' },
            priceList: { type: 'string' },
            minQuantity: { type: 'integer', minimum: 1 },
            price: { type: 'integer', minimum: 0 },
            currency: { type: 'string', minLength: 3, maxLength: 3 },
          },
          required: ['id', 'price'],
        },
      },
      taxClass: { type: 'string' },
      unit: { type: 'string' },
      packaging: { type: 'string' },
      barcodes: { type: 'array', items: { type: 'string' } },
      supplierId: { type: 'string' },
      supplierSku: { type: 'string' },
      leadTimeDays: { type: 'integer', minimum: 0 },
      minOrderQuantity: { type: 'integer', minimum: 1 },
      tracking: { type: 'string', enum: ['none', 'lot', 'serial'], description: 'How its stock is told apart.' },
      countryOfOrigin: { type: 'string' },
      customsCode: { type: 'string', description: 'The HS code of customs.' },
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
      components: {
        type: 'array',
        description: 'What a bundle is made of.',
        items: {
          type: 'object',
          properties: { productId: { type: 'string' }, quantity: { type: 'integer', minimum: 1 } },
          required: ['productId', 'quantity'],
        },
      },
      translations: {
        type: 'array',
        description: 'Texts in further languages, one entry for each.',
        items: {
          type: 'object',
          properties: { language: { type: 'string' }, name: { type: 'string' }, description: { type: 'string' } },
          required: ['language'],
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
      externalReferences,
      updatedAt: { type: 'string', format: 'date-time' },
    },
    required: ['sku', 'name', 'status'],
  } as const,
  indexes: ['sku', 'name', ['status', 'name']],
  search: ['name', 'sku', 'barcodes', 'brand', 'category', 'description', 'keywords'],
  fields: {
    price: { owner: 'erp' },
    cost: { owner: 'erp', serverOnly: true },
    priceTiers: { owner: 'erp', conflict: mergeListBy('id') },
    components: { conflict: mergeListBy('productId') },
    translations: { conflict: mergeListBy('language') },
    attributes: { conflict: mergeListBy('name') },
    media: { conflict: mergeListBy('url') },
    externalReferences: { conflict: mergeListBy('system') },
  },
});

/** One product. */
export type Product = DocumentOf<typeof productCatalog>;
