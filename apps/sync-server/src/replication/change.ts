import type { PushRow } from '@datastores/core/protocol';
import {
  type Datastore,
  type DocumentChange,
  diffDocument,
  downgradeDocument,
  type JsonDocument,
  type JsonObject,
  sameJson,
  upgradeDocument,
} from '@datastores/core/schema';

/** A pushed row in the server's schema version. */
export interface PushedChange {
  readonly id: string;
  /** Who pushed it. */
  readonly replica: string;
  /** Version the change is based on; null if the replica knew no such document. */
  readonly base: string | null;
  /** Version of the newest state that the replica has pulled since it made the change. */
  readonly held?: string | undefined;
  /** The replica's own number of the row: of two rows of it from the same base the greater one is newer. */
  readonly edit: number;
  /** It must not be merged with a state that it was not made of. */
  readonly guarded?: boolean | undefined;
  /** The new state; null: deleted. */
  readonly document: JsonDocument | null;
  /** Fields that really differ from what the replica says they were. */
  readonly changed: readonly string[];
  readonly was: JsonObject;
}

/** A row of schema version `version` as the server's version knows it. Throws whatever a version step throws on it. */
export function pushedChange(
  datastore: Datastore,
  row: PushRow,
  from: { readonly replica: string; readonly version: number },
): PushedChange {
  const { id, base, held, edit, guarded } = row;
  const { replica } = from;
  if (row.doc === null) return { id, replica, base, held, edit, guarded, document: null, changed: [], was: {} };
  const { document, changed, was } =
    from.version === datastore.version ? ownVersion(datastore, row, row.doc) : upgraded(datastore, row, from.version);
  return { id, replica, base, held, edit, guarded, document, changed, was };
}

/** What a replica of schema version `version` sees of a document, in the server's version again; null: all of it. */
export function seenIn(datastore: Datastore, version: number): ((document: JsonDocument) => JsonDocument) | null {
  if (version === datastore.version) return null;
  return (document) => upgradeDocument(datastore, downgradeDocument(datastore, document, version), version);
}

function ownVersion(datastore: Datastore, row: PushRow, document: JsonDocument): DocumentChange {
  // Names are the replica's: one that neither schema nor document has must not reach what objects inherit.
  const named = (field: string) => Object.hasOwn(datastore.schema.properties, field) || Object.hasOwn(document, field);
  const differs = (field: string) =>
    field !== 'id' && named(field) && !sameJson(fieldOf(row.was, field), fieldOf(document, field));
  return { document, changed: [...new Set(row.changed)].filter(differs), was: row.was };
}

function upgraded(datastore: Datastore, row: PushRow, version: number): DocumentChange {
  const document = row.doc as JsonDocument;
  const up = (state: JsonDocument) => ({ ...upgradeDocument(datastore, state, version), id: row.id });
  return diffDocument(row.base === null ? null : up(baseOf(row, document)), up(document));
}

function baseOf(row: PushRow, document: JsonDocument): JsonDocument {
  const base: Record<string, unknown> = { ...document };
  for (const field of row.changed) {
    if (field === 'id') continue;
    const before = fieldOf(row.was, field);
    if (before === undefined) delete base[field];
    else base[field] = before;
  }
  return base as JsonDocument;
}

function fieldOf(object: JsonObject, field: string) {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}
