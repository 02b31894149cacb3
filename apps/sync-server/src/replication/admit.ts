import { type DatastoreErrorCode, isDatastoreError } from '@datastores/core';
import { MAX_DOCUMENT_BYTES, toWireError } from '@datastores/core/protocol';
import {
  assertValid,
  canonicalJson,
  type Datastore,
  type JsonDocument,
  type JsonObject,
  sameJson,
} from '@datastores/core/schema';

/** A state that a replica wants to become the document, and what it would replace. */
export interface Admissible {
  readonly datastore: Datastore;
  /** The state it replaces; null for an insert. */
  readonly before: JsonObject | null;
  readonly document: JsonDocument;
  /** Fields whose rules are looked at. */
  readonly fields: readonly string[];
  /** False where only the rules of fields are asked for, because the document is still to be merged. */
  readonly whole: boolean;
}

/** Why a row is not taken, in the words of the protocol. */
export interface Refusal {
  readonly is: 'conflict' | 'rejected';
  readonly code: DatastoreErrorCode;
  readonly message: string;
}

/** Why a replica may not make this the document, or null: field rules, then the schema, then the size. */
export function problemOf(state: Admissible): Refusal | null {
  const problem = fieldProblem(state);
  if (problem !== null || !state.whole) return problem;
  return schemaProblem(state) ?? sizeProblem(state);
}

function fieldProblem({ datastore, before, document, fields }: Admissible): Refusal | null {
  for (const field of fields) {
    const rule = datastore.fields[field];
    if (rule === undefined || sameJson(before?.[field], document[field])) continue;
    if (rule.serverOnly) return rejected('FIELD_SERVER_ONLY', `Only the server may write "${field}".`);
    if (rule.immutable && before !== null) {
      return rejected('FIELD_IMMUTABLE', `"${field}" is fixed when the document is inserted.`);
    }
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

function sizeProblem({ document }: Admissible): Refusal | null {
  const bytes = Buffer.byteLength(canonicalJson(document));
  if (bytes <= MAX_DOCUMENT_BYTES) return null;
  return rejected('DOCUMENT_TOO_LARGE', `The document has ${bytes} bytes; the limit is ${MAX_DOCUMENT_BYTES}.`);
}

function rejected(code: DatastoreErrorCode, message: string): Refusal {
  return { is: 'rejected', code, message };
}
