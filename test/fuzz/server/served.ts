import { customers, type Datastore, inventory, orders, productCatalog } from '@datastores/core';
import { defineDatastore, mergeListBy } from '@datastores/core/schema';

/** A datastore with what the shipped ones do not have: open content, a field for each rule, and an older version. */
const notes = defineDatastore({
  name: 'note',
  version: 1,
  schema: {
    type: 'object',
    properties: {
      title: { type: 'string', maxLength: 100 },
      text: { type: 'string' },
      likes: { type: 'integer' },
      rank: { type: 'integer' },
      place: { type: 'string' },
      extra: { type: 'object', additionalProperties: true },
      parts: {
        type: 'array',
        items: { type: 'object', properties: { key: { type: 'string' } }, additionalProperties: true },
      },
    },
    required: ['title'],
  } as const,
  fields: {
    likes: { counter: true },
    rank: { serverOnly: true },
    place: { immutable: true },
    text: { conflict: 'replica-wins' },
    parts: { conflict: mergeListBy('key') },
  },
  versions: {
    1: {
      up: ({ name, ...document }) => ({ ...document, title: name ?? '' }),
      down: ({ title, ...document }) => ({ ...document, name: title ?? '' }),
    },
  },
});

/** What the server of a run serves. */
export const SERVED: readonly Datastore[] = [productCatalog, inventory, orders, customers, notes];
