import { type DocumentOf, defineDatastore } from './datastore.ts';
import { mergeListBy } from './merge-list.ts';

/** Who buys: companies and people with their contacts and addresses. */
export const customers = defineDatastore({
  name: 'customer',
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 200 },
      status: { type: 'string', enum: ['prospect', 'active', 'blocked', 'archived'], maxLength: 16 },
      kind: { type: 'string', enum: ['company', 'person'] },
      number: { type: 'string', description: 'The number the business knows the customer by.' },
      email: { type: 'string' },
      phone: { type: 'string' },
      fax: { type: 'string' },
      website: { type: 'string' },
      vatId: { type: 'string' },
      language: { type: 'string' },
      segment: { type: 'string' },
      priceList: { type: 'string' },
      paymentTerms: { type: 'string' },
      currency: { type: 'string', minLength: 3, maxLength: 3 },
      creditLimit: { type: 'integer', minimum: 0, description: 'In the minor unit of the currency.' },
      loyaltyPoints: { type: 'integer' },
      marketingConsent: { type: 'boolean' },
      contacts: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            title: { type: 'string' },
            email: { type: 'string' },
            phone: { type: 'string' },
          },
          required: ['name'],
        },
      },
      addresses: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            kind: { type: 'string', description: 'billing, shipping, or a name of your own; unique per customer.' },
            street: { type: 'string' },
            city: { type: 'string' },
            region: { type: 'string' },
            postalCode: { type: 'string' },
            country: { type: 'string' },
          },
          required: ['kind'],
        },
      },
      notes: { type: 'string' },
      updatedAt: { type: 'string', format: 'date-time' },
    },
    required: ['name', 'status'],
  } as const,
  indexes: ['name', ['status', 'name']],
  search: ['name', 'number', 'email', 'phone', 'notes'],
  fields: {
    creditLimit: { owner: 'erp', serverOnly: true },
    loyaltyPoints: { counter: true },
    contacts: { conflict: mergeListBy('name') },
    addresses: { conflict: mergeListBy('kind') },
    notes: { conflict: 'replica-wins' },
  },
});

/** One customer. */
export type Customer = DocumentOf<typeof customers>;
