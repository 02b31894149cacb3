import { type DocumentOf, defineDatastore } from './datastore.ts';
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
      reorderLevel: { type: 'integer' },
      bin: { type: 'string' },
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
    reservations: { conflict: mergeListBy('id') },
    allocations: { conflict: mergeListBy('id') },
    fulfilments: { conflict: mergeListBy('id') },
  },
});

/** The stock of one product at one location. */
export type StockLevel = DocumentOf<typeof inventory>;
