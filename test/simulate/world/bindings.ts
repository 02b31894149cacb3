import { realTime } from '@datastores/core';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import { items } from './datastores.ts';

/** What every record of both systems has. */
type ToRecord = NonNullable<Binding['toRecord']>;

const code: NonNullable<Binding['match']> = (record) => String(record.code);

const shared: Omit<Binding, 'system' | 'fields'> = {
  stream: 'items',
  datastore: items,
  mapping: 1,
  toDocument: ({ code: _, ...fields }) => fields,
  toRecord: ((patch, document) => ({ ...patch, code: document.id })) as ToRecord,
  match: code,
  idFor: (record) => String(record.code),
  scopeFor: () => 's1',
  strategies: [realTime({ pollMs: 4_000 })],
  // Whoever deletes here means it: the brake has tests of its own.
  maxDeletes: 1,
};

/** One binding for each system: between them every rule occurs. */
export const BINDINGS: readonly Binding[] = [
  {
    ...shared,
    system: 'erp',
    fields: {
      name: { merge: 'there' },
      born: { merge: 'here' },
      a: { merge: 'here' },
      price: { from: 'there' },
      count: { merge: 'sum' },
    },
  },
  {
    ...shared,
    system: 'shop',
    fields: {
      name: { merge: 'here' },
      born: { merge: 'here' },
      b: { merge: 'there' },
      price: { from: 'here' },
      count: { merge: 'sum' },
    },
  },
];
