import { type DatastoreErrorCode, REMEDIES } from './error-remedies.ts';

/** What is known of an error code: where it comes from, what to do about it, and whether the same call may succeed later. */
export interface ErrorCode {
  /** Why this happens, in words a user of the library can act on. */
  readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
  /** True where repeating the same call unchanged may succeed. */
  readonly retryable: boolean;
}

/** Why each error happens, in words a user of the library can act on. */
const CAUSES: Readonly<Record<DatastoreErrorCode, string>> = {
  // ---- declaration of a datastore
  SCHEMA_INVALID: 'The declaration of a datastore cannot be stored or indexed.',
  TOO_MANY_DATASTORES: 'One process can hold at most 12 datastores.',
  // ---- documents and their rows
  DOCUMENT_INVALID: 'A document does not fit the schema of its datastore.',
  DOCUMENT_TOO_LARGE: 'A document is larger than the limit for one document.',
  DOCUMENT_DELETED: 'The document was deleted on the server before this change of it arrived.',
  FIELD_SERVER_ONLY: 'A replica changed a field that only the server may write.',
  FIELD_IMMUTABLE: 'A field that is fixed at insert was changed.',
  WRITE_FORBIDDEN: 'The access rules of the server do not let this caller make this change.',
  DATASTORE_READ_ONLY: 'A replica pushed to a datastore that only the server writes.',
  CHANGE_CONFLICT: 'Server and replica changed the document, and the declared policy keeps the state of the server.',
  // ---- receipts
  WRITE_REJECTED: 'The server or an external system has refused the write that was waited for.',
  WRITE_HELD: 'The write that was waited for cannot go on to an external system before a person has looked at it.',
  RECEIPT_UNKNOWN: 'There is no receipt of the system for this document.',
  // ---- replica
  REPLICA_CLOSED: 'The replica was closed.',
  UNPUSHED_CHANGES: 'Removing the replica would lose changes that the server does not have.',
  REMOVAL_INCOMPLETE: 'Another tab does not let go of the database that is to be removed.',
  DATABASE_IN_USE: 'Another tab stands in the way of opening the database.',
  FOLDER_LOCKED: 'Another process has this data folder open.',
  FOLDER_UNUSABLE: 'The data folder cannot be created or written.',
  STORAGE_UNAVAILABLE: 'The local database cannot be opened or written.',
  STORAGE_UNREADABLE:
    'The local database file is damaged, is not a database of datastores, or was written by a newer version.',
  SQLITE_MISSING: 'The native binding of better-sqlite3 is missing or was built for another version of Node.',
  BACKUP_REFUSED: 'A backup must not be written to this path.',
  BACKUP_FAILED: 'A backup was begun and could not be completed.',
  ATTACHMENT_MISSING: 'The document has no attachment of this name and digest.',
  OPTION_INVALID: 'An option of a call is missing or cannot be used.',
  SEARCH_UNDECLARED: 'The datastore declares no fields to search.',
  SEARCH_UNAVAILABLE: 'The storage of this replica has no full-text search.',
  // ---- wire
  SERVER_UNREACHABLE: 'The sync server did not answer.',
  SERVER_BUSY: 'The sync server limits requests at the moment.',
  SERVER_FAILED: 'The sync server failed while it handled the request.',
  TOKEN_INVALID: 'The access token is missing, malformed, not signed by a known key, or not for this server.',
  TOKEN_EXPIRED: 'The access token has expired.',
  SIGNATURE_INVALID: 'A webhook is not signed as its sender would have signed it now.',
  FORBIDDEN: 'The token does not allow this.',
  DATASTORE_UNKNOWN: 'The server does not serve a datastore of this name.',
  REQUEST_INVALID: 'A request is not of the form that the protocol asks for.',
  CHECKPOINT_INVALID: 'A checkpoint is not one that this server handed out.',
  PAYLOAD_TOO_LARGE: 'A request is larger than the body limit of the server.',
  UPGRADE_REQUIRED: 'Replica and server do not speak a common version of the protocol or of a datastore schema.',
  // ---- server
  CONFIG_INVALID: 'The configuration of the sync server is missing an entry or contradicts itself.',
  PORT_IN_USE: 'Another program listens on this port.',
  STORE_UNAVAILABLE: 'The store of the sync server cannot be opened or written.',
  STORE_UNSAFE: 'The database of the store is set to lose what it has acknowledged when it crashes.',
  STORE_CLOSED: 'The store of the sync server was closed.',
  LINK_TAKEN: 'A record of an external system is already linked to another document.',
  OUTBOX_STALE: 'An outbox row that was to be sent has been sent or settled meanwhile.',
  DOCUMENT_UNKNOWN: 'There is no such document, and nothing is known of one.',
  SYSTEM_UNAVAILABLE: 'An external system does not answer, or refuses to, so what was asked for cannot be done now.',
  LETTER_UNKNOWN:
    'There is no such dead letter, or not any more: it was retried or dropped, or its write was never given up.',
  LETTER_UNCERTAIN: 'The write of a dead letter may have been applied, and the system cannot be asked whether it was.',
  LETTER_CERTAIN: 'The write of a dead letter was refused, so it cannot have been applied.',
  RECORD_UNFIT: 'The record that was named is not there, cannot be used, or belongs to another document.',
  QUESTION_UNKNOWN: 'The question is not open any more, or never was: it was answered, or the two sides agree by now.',
  QUESTION_STALE: 'The document or the record says something else by now than when the question was looked at.',
  BINDING_INVALID:
    'A binding between a datastore and an external system contradicts its schema, its stream or another binding.',
  CONNECTOR_DEVIATES: 'A connector does not do what the traits of its stream claim.',
  // ---- encryption at rest
  ENCRYPTION_INVALID: 'What is to be encrypted, or the key for it, cannot be used.',
  ENCRYPTION_KEY_WRONG: 'The passphrase or key is not the one that the local database was encrypted with.',
  ENCRYPTION_KEY_MISSING: 'The local database is encrypted, or its key was looked for where nothing is encrypted.',
  ENCRYPTION_CHANGED: 'Other fields are to be encrypted than those that are encrypted in the stored documents.',
  ENCRYPTED_FIELD: 'A query selects or sorts by an encrypted field, which the storage cannot read.',
  DECRYPTION_FAILED: 'A stored value cannot be decrypted: it was changed or moved outside of the application.',
};

/**
 * Every error of datastores, by code. The table is the documentation: codes are stable, texts may improve.
 * A conflict, a stop and an outage are values elsewhere; what is listed here is what a caller or an operator must act on.
 */
export const ERROR_CODES = /* @__PURE__ */ codes();

function codes(): Readonly<Record<DatastoreErrorCode, ErrorCode>> {
  const names = Object.keys(REMEDIES) as DatastoreErrorCode[];
  const entries = names.map((code) => [code, { cause: CAUSES[code], ...REMEDIES[code] }]);
  return Object.fromEntries(entries);
}
