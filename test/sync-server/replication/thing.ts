import { canonicalJson, defineDatastore, type JsonDocument, type JsonObject } from '@datastores/core/schema';
import type { PushedChange } from '../../../apps/sync-server/src/replication/change.ts';
import type { Credit } from '../../../apps/sync-server/src/replication/counters.ts';
import type { DecideInput, MetState } from '../../../apps/sync-server/src/replication/decide.ts';

/** A datastore with one field for every rule that a push can meet. */
export const things = defineDatastore({
  name: 'thing',
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 1 },
      note: { type: 'string' },
      place: { type: 'string' },
      cost: { type: 'integer' },
      stock: { type: 'integer' },
    },
    required: ['name'],
  } as const,
  fields: {
    note: { conflict: 'replica-wins' },
    place: { immutable: true },
    cost: { serverOnly: true },
    stock: { counter: true },
  },
});

const EPOCH = 'e1';
export const VERSION_5 = 'e1.5.t';
export const VERSION_3 = 'e1.3.t';

/** The document that most cases start from. */
export const nail: JsonDocument = { id: 'x', name: 'Nail', note: 'old', place: 'A', cost: 7, stock: 10 };

/** A state on the server at version 5, written by another replica from version 3. */
export function met({ document = nail, ...state }: Partial<Omit<MetState, 'document'>> & Holding = {}): MetState {
  const held = { document: () => document, text: canonicalJson(document) };
  return { seq: 5, version: VERSION_5, deleted: false, author: 'other', base: VERSION_3, ...held, ...state };
}

interface Holding {
  readonly document?: JsonDocument;
}

/** What is kept of the row of `me` before the change at hand, which is its second. */
export const before = { edit: 1, refused: false };

/** A change of replica `me` from `nail` at version `base`, saying exactly what differs. */
export function change(base: string | null, fields: JsonObject | null, from: JsonObject = nail): PushedChange {
  const named = { id: 'x', replica: 'me', base, edit: 2 };
  if (fields === null) return { ...named, document: null, changed: [], was: {} };
  const document = { ...(base === null ? {} : from), ...fields, id: 'x' } as JsonDocument;
  const changed = Object.keys(fields);
  const was = base === null ? {} : Object.fromEntries(changed.flatMap((f) => (f in from ? [[f, from[f]]] : [])));
  return { ...named, document, changed, was };
}

/** The circumstances of a decision, all of them harmless unless said otherwise. */
export function input(
  pushed: PushedChange,
  stored: MetState | null,
  more: Partial<DecideInput> & { readonly credit?: Credit | null } = {},
): DecideInput {
  return {
    datastore: things,
    change: pushed,
    stored,
    credit: null,
    overtaken: () => [],
    epoch: EPOCH,
    floor: 0,
    pulledTo: 0,
    forbids: null,
    asSeen: null,
    ...more,
  };
}
