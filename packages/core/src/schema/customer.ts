import { addressFields } from './address.ts';
import { type DocumentOf, defineDatastore } from './datastore.ts';
import { externalReferences } from './external-references.ts';
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
      legalName: { type: 'string' },
      parentId: { type: 'string', description: 'The customer that this one belongs to, e.g. a head office.' },
      number: { type: 'string', description: 'The number the business knows the customer by.' },
      email: { type: 'string' },
      phone: { type: 'string' },
      fax: { type: 'string' },
      website: { type: 'string' },
      vatId: { type: 'string' },
      taxClass: { type: 'string' },
      taxExempt: { type: 'boolean' },
      language: { type: 'string' },
      segment: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' } },
      salesperson: { type: 'string' },
      priceList: { type: 'string' },
      paymentTerms: { type: 'string' },
      currency: { type: 'string', minLength: 3, maxLength: 3 },
      creditLimit: { type: 'integer', minimum: 0, description: 'In the minor unit of the currency.' },
      balance: { type: 'integer', description: 'What the customer owes, in the minor unit of the currency.' },
      loyaltyPoints: { type: 'integer' },
      marketingConsent: { type: 'boolean' },
      marketingConsentAt: { type: 'string', format: 'date-time' },
      contacts: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            title: { type: 'string' },
            role: { type: 'string' },
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
            ...addressFields,
          },
          required: ['kind'],
        },
      },
      notes: { type: 'string' },
      externalReferences,
      updatedAt: { type: 'string', format: 'date-time' },
    },
    required: ['name', 'status'],
  } as const,
  indexes: ['name', ['status', 'name']],
  search: ['name', 'number', 'email', 'phone', 'notes'],
  fields: {
    creditLimit: { owner: 'erp', serverOnly: true },
    balance: { owner: 'erp', serverOnly: true },
    loyaltyPoints: { counter: true },
    contacts: { conflict: mergeListBy('name') },
    addresses: { conflict: mergeListBy('kind') },
    externalReferences: { conflict: mergeListBy('system') },
    notes: { conflict: 'replica-wins' },
  },
});

/** One customer. */
export type Customer = DocumentOf<typeof customers>;
