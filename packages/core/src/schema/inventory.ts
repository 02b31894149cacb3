import { type DocumentOf, defineDatastore } from './datastore.ts';
import { externalReferences } from './external-references.ts';
import { mergeListBy } from './merge-list.ts';

/**
 * Stock: one document for each product at each location. Quantities are counters, so two tills that sell the last pieces
 * offline both count; they may go below zero, which says that more was promised than there is.
 */
export const inventory = defineDatastore({
  name: 'inventory',
  schema: {
    type: 'object',
    properties: {
      productId: { type: 'string', minLength: 1, maxLength: 128 },
      location: { type: 'string', minLength: 1, maxLength: 64 },
      sku: { type: 'string' },
      onHand: { type: 'integer', description: 'Pieces physically there.' },
      reserved: { type: 'integer', description: 'Pieces promised to a basket or an order not yet allocated.' },
      allocated: { type: 'integer', description: 'Pieces set aside for picking.' },
      incoming: { type: 'integer', description: 'Pieces ordered from suppliers.' },
      unavailable: {
        type: 'integer',
        description: 'Pieces there that cannot be sold: damaged, blocked, in inspection.',
      },
      inTransit: { type: 'integer', description: 'Pieces on their way from another location.' },
      reorderLevel: { type: 'integer', minimum: 0 },
      reorderQuantity: { type: 'integer', minimum: 0 },
      safetyStock: { type: 'integer', minimum: 0, description: 'Pieces kept back from sale.' },
      unit: { type: 'string' },
      bin: { type: 'string' },
      lots: {
        type: 'array',
        description: 'What is there, by lot or serial number, where the product is tracked.',
        items: {
          type: 'object',
          properties: {
            lot: { type: 'string' },
            quantity: { type: 'integer' },
            expiresAt: { type: 'string', format: 'date' },
          },
          required: ['lot', 'quantity'],
        },
      },
      reservations: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: { type: 'string' },
            orderId: { type: 'string' },
            quantity: { type: 'integer', minimum: 1 },
            expiresAt: { type: 'string', format: 'date-time' },
          },
          required: ['id', 'quantity'],
        },
      },
      allocations: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: { type: 'string' },
            orderId: { type: 'string' },
            line: { type: 'integer' },
            quantity: { type: 'integer', minimum: 1 },
            lot: { type: 'string' },
          },
          required: ['id', 'orderId', 'quantity'],
        },
      },
      fulfilments: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: { type: 'string' },
            orderId: { type: 'string' },
            quantity: { type: 'integer', minimum: 1 },
            status: { type: 'string', enum: ['picking', 'packed', 'shipped', 'delivered', 'cancelled'] },
            carrier: { type: 'string' },
            tracking: { type: 'string' },
            shippedAt: { type: 'string', format: 'date-time' },
          },
          required: ['id', 'orderId', 'quantity', 'status'],
        },
      },
      countedAt: { type: 'string', format: 'date-time' },
      externalReferences,
      updatedAt: { type: 'string', format: 'date-time' },
    },
    required: ['productId', 'location', 'onHand'],
  } as const,
  indexes: ['productId', ['location', 'productId']],
  search: ['sku', 'bin'],
  fields: {
    productId: { immutable: true },
    location: { immutable: true },
    onHand: { counter: true },
    reserved: { counter: true },
    allocated: { counter: true },
    incoming: { counter: true },
    unavailable: { counter: true },
    inTransit: { counter: true },
    lots: { conflict: mergeListBy('lot') },
    reservations: { conflict: mergeListBy('id') },
    allocations: { conflict: mergeListBy('id') },
    fulfilments: { conflict: mergeListBy('id') },
    externalReferences: { conflict: mergeListBy('system') },
  },
});

/** The stock of one product at one location. */
export type StockLevel = DocumentOf<typeof inventory>;
