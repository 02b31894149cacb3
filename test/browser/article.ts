import { defineDatastore } from '@datastores/core';

/** A datastore as most are: a few fields, an index, something to search, a time. */
export const articles = defineDatastore({
  name: 'article',
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 100 },
      price: { type: 'integer', minimum: 0 },
      updatedAt: { type: 'string', format: 'date-time' },
    },
    required: ['name'],
  } as const,
  indexes: ['name'],
  search: ['name'],
});
