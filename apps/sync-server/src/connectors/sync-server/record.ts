import type { PulledRow } from '@datastores/core/protocol';
import type { Datastore, JsonDocument } from '@datastores/core/schema';
import type { Change, ExternalRecord, Item } from '../connector.ts';

/** Field of a record that names the scope of its document over there. No schema can have one of that name. */
export const SCOPE_FIELD = '@scope';

/** Field of a record that is to be created: the id that its document has here, and is to have over there. */
export const ID_FIELD = '@id';

/** A pulled document as a change of its record. */
export function changeOf(datastore: Datastore, row: PulledRow): Change {
  return 'del' in row ? { op: 'delete', key: row.del, version: row.v } : { op: 'put', ...itemOf(datastore, row) };
}

/** A living document as a record: every declared field, null where it has none. The id is the key. */
export function itemOf(datastore: Datastore, { s, v, doc }: Pick<LivingRow, 's' | 'v' | 'doc'>): Item {
  const { id, ...fields } = doc;
  const declared = Object.keys(datastore.schema.properties).filter((field) => field !== 'id');
  const empty = Object.fromEntries(declared.map((field) => [field, null]));
  return { key: id, data: { ...empty, ...fields, [SCOPE_FIELD]: s }, version: v };
}

type LivingRow = Extract<PulledRow, { readonly doc: unknown }>;

/** A record as a document; what a write has set to null is not in it. */
export function documentOf(key: string, record: ExternalRecord): JsonDocument {
  const fields = Object.entries(record).filter(([field, value]) => value !== null && !field.startsWith('@'));
  return { ...Object.fromEntries(fields), id: key } as JsonDocument;
}
