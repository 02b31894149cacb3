import { type DatastoreErrorCode, isDatastoreError } from '@datastores/core';
import { MAX_DOCUMENT_BYTES, toWireError } from '@datastores/core/protocol';
import { assertValid, type Datastore, type JsonDocument, type JsonValue, sameJson } from '@datastores/core/schema';

/** A state that a replica wants to become the document, and what it would replace. */
export interface Admissible {
  readonly datastore: Datastore;
  /** A field of the state it replaces; null for an insert. */
  readonly before: ((field: string) => JsonValue | undefined) | null;
  readonly document: JsonDocument;
}

/** Why a row is not taken, in the words of the protocol. */
export interface Refusal {
  readonly is: 'conflict' | 'rejected';
  readonly code: DatastoreErrorCode;
  readonly message: string;
}

/** Why a replica may not make this the document, or null: field rules, then the schema. */
export function problemOf(state: Admissible): Refusal | null {
  return fieldProblem(state, Object.keys(state.datastore.fields)) ?? schemaProblem(state);
}

/** Which rule of one of these fields keeps a replica from writing this, or null. */
export function fieldProblem({ datastore, before, document }: Admissible, fields: readonly string[]): Refusal | null {
  for (const field of fields) {
    const rule = datastore.fields[field];
    if (rule === undefined || !(rule.serverOnly || (rule.immutable && before !== null))) continue;
    if (sameJson(before?.(field), document[field])) continue;
    return rule.serverOnly
      ? rejected('FIELD_SERVER_ONLY', `Only the server may write "${field}".`)
      : rejected('FIELD_IMMUTABLE', `"${field}" is fixed when the document is inserted.`);
  }
  return null;
}

function schemaProblem({ datastore, document }: Admissible): Refusal | null {
  try {
    assertValid(datastore, document);
    return null;
  } catch (error) {
    if (!isDatastoreError(error)) throw error;
    return rejected('DOCUMENT_INVALID', toWireError(error).message);
  }
}

/** Why the text of a document is too long, or null. */
export function sizeProblem(text: string): Refusal | null {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_DOCUMENT_BYTES) return null;
  return rejected('DOCUMENT_TOO_LARGE', `The document has ${bytes} bytes; the limit is ${MAX_DOCUMENT_BYTES}.`);
}

function rejected(code: DatastoreErrorCode, message: string): Refusal {
  return { is: 'rejected', code, message };
}
