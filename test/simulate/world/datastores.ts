import { defineDatastore } from '@datastores/core/schema';

const properties = {
  /** Unique to each insert, and never changed after it: by it a deleted document is known that comes back. */
  born: { type: 'string' },
  a: { type: 'string' },
  b: { type: 'string' },
  count: { type: 'integer' },
} as const;

/** What the external systems exchange too. */
export const items = defineDatastore({
  name: 'item',
  schema: {
    type: 'object',
    properties: { ...properties, name: { type: 'string', maxLength: 100 }, price: { type: 'integer' } },
    required: ['name'],
  } as const,
  fields: { count: { counter: true }, a: { conflict: 'replica-wins' }, b: { conflict: 'server-wins' } },
});

/** What only replicas and server have. */
export const notes = defineDatastore({
  name: 'note',
  schema: { type: 'object', properties, required: ['born'] } as const,
  fields: { count: { counter: true }, a: { conflict: 'server-wins' }, b: { conflict: 'replica-wins' } },
});

/** All that the simulated server serves. */
export const DATASTORES = [items, notes] as const;

/** Names of {@link DATASTORES}. */
export type DatastoreName = 'item' | 'note';

/** The fields whose values are texts that are written once and never again. */
export const TEXT_FIELDS = ['a', 'b'] as const;

/** Documents that are only counted on, and never deleted, by datastore. */
export const COUNTED: Readonly<Record<DatastoreName, readonly string[]>> = { item: ['c1', 'c2'], note: ['d1'] };
