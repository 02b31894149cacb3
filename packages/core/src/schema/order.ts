import { addressFields } from './address.ts';
import { type DocumentOf, defineDatastore } from './datastore.ts';
import { externalReferences } from './external-references.ts';
import { mergeListBy } from './merge-list.ts';

const address = { type: 'object', properties: addressFields } as const;

/** Orders with their lines. Amounts are whole numbers in the minor unit of `currency`. */
export const orders = defineDatastore({
  name: 'order',
  schema: {
    type: 'object',
    properties: {
      customerId: { type: 'string', minLength: 1, maxLength: 128 },
      status: {
        type: 'string',
        enum: ['draft', 'placed', 'confirmed', 'picking', 'shipped', 'delivered', 'cancelled', 'returned'],
        maxLength: 16,
      },
      placedAt: { type: 'string', maxLength: 32, format: 'date-time' },
      number: { type: 'string', description: 'The number the business knows the order by.' },
      customerReference: { type: 'string', description: 'The number the customer knows the order by.' },
      location: { type: 'string', description: 'The shop or warehouse that serves it.' },
      salesperson: { type: 'string' },
      channel: { type: 'string', description: 'Where it was placed: web, till, phone, …' },
      currency: { type: 'string', minLength: 3, maxLength: 3 },
      priceIncludesTax: { type: 'boolean' },
      lines: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            line: { type: 'integer', minimum: 1 },
            productId: { type: 'string' },
            sku: { type: 'string' },
            name: { type: 'string' },
            quantity: { type: 'integer', minimum: 1 },
            unitPrice: { type: 'integer', minimum: 0 },
            discountPercent: { type: 'number', minimum: 0, maximum: 100 },
            taxPercent: { type: 'number', minimum: 0 },
            unit: { type: 'string' },
            total: { type: 'integer', description: 'After discount, in the minor unit.' },
            shipped: { type: 'integer', minimum: 0 },
            returned: { type: 'integer', minimum: 0 },
            note: { type: 'string' },
          },
          required: ['line', 'productId', 'quantity', 'unitPrice'],
        },
      },
      discounts: {
        type: 'array',
        items: {
          type: 'object',
          properties: { code: { type: 'string' }, amount: { type: 'integer', minimum: 0 } },
          required: ['code', 'amount'],
        },
      },
      discountTotal: { type: 'integer', minimum: 0 },
      freight: { type: 'integer', minimum: 0 },
      taxTotal: { type: 'integer', minimum: 0 },
      total: { type: 'integer', minimum: 0 },
      requiredAt: { type: 'string', format: 'date-time' },
      shippedAt: { type: 'string', format: 'date-time' },
      carrier: { type: 'string' },
      tracking: { type: 'string' },
      paymentStatus: { type: 'string', enum: ['open', 'authorised', 'paid', 'refunded', 'failed'] },
      paymentReference: { type: 'string' },
      paymentTerms: { type: 'string' },
      payments: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: { type: 'string' },
            method: { type: 'string' },
            amount: { type: 'integer', description: 'Below zero for a refund.' },
            at: { type: 'string', format: 'date-time' },
            reference: { type: 'string' },
          },
          required: ['id', 'method', 'amount'],
        },
      },
      shippingAddress: address,
      billingAddress: address,
      statusHistory: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            status: { type: 'string' },
            at: { type: 'string', format: 'date-time' },
            by: { type: 'string' },
            note: { type: 'string' },
          },
          required: ['status', 'at'],
        },
      },
      externalReferences,
      cancelReason: { type: 'string' },
      note: { type: 'string' },
      updatedAt: { type: 'string', format: 'date-time' },
    },
    required: ['customerId', 'status', 'placedAt', 'currency', 'lines'],
  } as const,
  indexes: ['customerId', 'placedAt', ['status', 'placedAt']],
  search: ['number', 'customerReference', 'note', 'tracking'],
  fields: {
    lines: { conflict: mergeListBy('line') },
    discounts: { conflict: mergeListBy('code') },
    payments: { conflict: mergeListBy('id') },
    statusHistory: { conflict: mergeListBy('at') },
    externalReferences: { conflict: mergeListBy('system') },
    note: { conflict: 'replica-wins' },
  },
});

/** One order. */
export type Order = DocumentOf<typeof orders>;
