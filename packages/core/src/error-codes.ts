import { ENCRYPTION_CODES } from './encryption-codes.ts';
import type { ErrorCode } from './error-code.ts';
import { STORE_CODES } from './store-codes.ts';

/**
 * Every error of datastores, by code. The table is the documentation: codes are stable, texts may improve.
 * A conflict, a stop and an outage are values elsewhere; what is listed here is what a caller or an operator must act on.
 */
export const ERROR_CODES = {
  // ---- declaration of a datastore
  SCHEMA_INVALID: {
    cause: 'The declaration of a datastore cannot be stored or indexed.',
    remedy: 'Change the declaration as the message says.',
    retryable: false,
  },
  TOO_MANY_DATASTORES: {
    cause: 'One process can hold at most 12 datastores.',
    remedy: 'Open fewer datastores, put several kinds into one datastore with a type field, or split the process.',
    retryable: false,
  },
  // ---- documents and their rows
  DOCUMENT_INVALID: {
    cause: 'A document does not fit the schema of its datastore.',
    remedy: 'Correct the fields that the message names and write again; nothing was stored.',
    retryable: false,
  },
  DOCUMENT_TOO_LARGE: {
    cause: 'A document is larger than the limit for one document.',
    remedy: 'Move large values out of the document, or raise the limit on server and replicas.',
    retryable: false,
  },
  DOCUMENT_DELETED: {
    cause: 'The document was deleted on the server before this change of it arrived.',
    remedy: 'The change is kept in the rejected list; insert it under a new id if it is still wanted.',
    retryable: false,
  },
  FIELD_SERVER_ONLY: {
    cause: 'A replica changed a field that only the server may write.',
    remedy: 'Leave the field as it was and write again.',
    retryable: false,
  },
  FIELD_IMMUTABLE: {
    cause: 'A field that is fixed at insert was changed.',
    remedy: 'Insert a new document, or leave the field as it was.',
    retryable: false,
  },
  DATASTORE_READ_ONLY: {
    cause: 'A replica pushed to a datastore that only the server writes.',
    remedy: 'Read receipts and the states of systems; what they say follows from what the systems answer.',
    retryable: false,
  },
  CHANGE_CONFLICT: {
    cause: 'Server and replica changed the document, and the declared policy keeps the state of the server.',
    remedy: 'Look at the current state and make the change again if it is still wanted.',
    retryable: false,
  },
  // ---- receipts
  WRITE_REJECTED: {
    cause: 'The server or an external system has refused the write that was waited for.',
    remedy: 'Correct the document as the message says and write it again, or take the change back.',
    retryable: false,
  },
  WRITE_HELD: {
    cause: 'The write that was waited for cannot go on to an external system before a person has looked at it.',
    remedy: 'Ask the operator of the sync server, who sees it in the dead letters; it is not lost.',
    retryable: false,
  },
  RECEIPT_UNKNOWN: {
    cause: 'There is no receipt of the system for this document.',
    remedy: 'Wait for a system that is told of the datastore; a confirmed receipt is kept for seven days.',
    retryable: false,
  },
  // ---- replica
  REPLICA_CLOSED: {
    cause: 'The replica was closed.',
    remedy: 'Open it again with openDatastores.',
    retryable: false,
  },
  UNPUSHED_CHANGES: {
    cause: 'Removing the replica would lose changes that the server does not have.',
    remedy: 'Connect and wait until everything is pushed, or pass { discardUnpushed: true } to give the changes up.',
    retryable: true,
  },
  REMOVAL_INCOMPLETE: {
    cause: 'Another tab does not let go of the database that is to be removed.',
    remedy: 'Close the other tabs of the application; the browser then removes what is left.',
    retryable: true,
  },
  DATABASE_IN_USE: {
    cause: 'Another tab stands in the way of opening the database.',
    remedy: 'Close the other tabs of the application and load this one again; nothing is lost.',
    retryable: true,
  },
  FOLDER_LOCKED: {
    cause: 'Another process has this data folder open.',
    remedy: 'Stop the process that the message names, or use another folder.',
    retryable: false,
  },
  FOLDER_UNUSABLE: {
    cause: 'The data folder cannot be created or written.',
    remedy: 'Check that the path exists, is a folder, is writable by this user and has free space.',
    retryable: false,
  },
  STORAGE_UNAVAILABLE: {
    cause: 'The local database cannot be opened or written.',
    remedy: 'See the message: free disk space, permissions, or the SQLite binding (npm rebuild better-sqlite3).',
    retryable: true,
  },
  STORAGE_UNREADABLE: {
    cause: 'The local database file is damaged, is not a database of datastores, or was written by a newer version.',
    remedy:
      'Close and open again: openDatastores saves what is unpushed in a damaged file and pulls the rest. Otherwise restore a backup, or use the version that wrote it.',
    retryable: false,
  },
  SQLITE_MISSING: {
    cause: 'The native binding of better-sqlite3 is missing or was built for another version of Node.',
    remedy: 'Run "npm rebuild better-sqlite3" and allow its install script (npm: "allowScripts" in package.json).',
    retryable: false,
  },
  BACKUP_REFUSED: {
    cause: 'A backup must not be written to this path.',
    remedy: 'Choose a path where there is no file yet, or an earlier backup that nobody has open; nothing was changed.',
    retryable: false,
  },
  BACKUP_FAILED: {
    cause: 'A backup was begun and could not be completed.',
    remedy: 'See the message: free disk space, or the replica was closed meanwhile; an earlier backup is as it was.',
    retryable: true,
  },
  ATTACHMENT_MISSING: {
    cause: 'The document has no attachment of this name and digest.',
    remedy: 'Read the document again and use the attachment that it names now.',
    retryable: false,
  },
  OPTION_INVALID: {
    cause: 'An option of a call is missing or cannot be used.',
    remedy: 'Pass the option as the message says.',
    retryable: false,
  },
  SEARCH_UNDECLARED: {
    cause: 'The datastore declares no fields to search.',
    remedy: "Add search: ['name', …] to its declaration; the index is built in the background at the next start.",
    retryable: false,
  },
  SEARCH_UNAVAILABLE: {
    cause: 'The storage of this replica has no full-text search.',
    remedy: 'Open the replica with openDatastores, or query the fields of the collection with find.',
    retryable: false,
  },
  ...ENCRYPTION_CODES,
  // ---- wire
  SERVER_UNREACHABLE: {
    cause: 'The sync server did not answer.',
    remedy: 'Nothing to do: local work goes on and changes are pushed when it is back.',
    retryable: true,
  },
  SERVER_BUSY: {
    cause: 'The sync server limits requests at the moment.',
    remedy: 'Nothing to do: the request is repeated after the time the server asked for.',
    retryable: true,
  },
  SERVER_FAILED: {
    cause: 'The sync server failed while it handled the request.',
    remedy: 'Look at the log of the server; the request is repeated.',
    retryable: true,
  },
  TOKEN_INVALID: {
    cause: 'The access token is missing, malformed, not signed by a known key, or not for this server.',
    remedy: 'Get a new token, and check issuer, audience and key of the server configuration.',
    retryable: false,
  },
  TOKEN_EXPIRED: {
    cause: 'The access token has expired.',
    remedy: 'Get a new token; pass a function as token so that it is fetched afresh.',
    retryable: false,
  },
  SIGNATURE_INVALID: {
    cause: 'A webhook is not signed as its sender would have signed it now.',
    remedy: 'Compare the secret of the sender with that of the connector, and the clocks of both machines.',
    retryable: false,
  },
  FORBIDDEN: {
    cause: 'The token does not allow this.',
    remedy: 'Use a token with the scope or role that the message names.',
    retryable: false,
  },
  DATASTORE_UNKNOWN: {
    cause: 'The server does not serve a datastore of this name.',
    remedy: 'Declare the datastore in the configuration of the server, or remove it from the replica.',
    retryable: false,
  },
  REQUEST_INVALID: {
    cause: 'A request is not of the form that the protocol asks for.',
    remedy: 'Use a client of the same protocol version; see SPEC.md of the protocol.',
    retryable: false,
  },
  CHECKPOINT_INVALID: {
    cause: 'A checkpoint is not one that this server handed out.',
    remedy: 'Start from no checkpoint; the journal of unpushed changes is kept.',
    retryable: false,
  },
  PAYLOAD_TOO_LARGE: {
    cause: 'A request is larger than the body limit of the server.',
    remedy: 'Nothing to do: the batch is halved and sent again.',
    retryable: true,
  },
  UPGRADE_REQUIRED: {
    cause: 'Replica and server do not speak a common version of the protocol or of a datastore schema.',
    remedy: 'Update the older side; unpushed changes are kept.',
    retryable: false,
  },
  // ---- server
  CONFIG_INVALID: {
    cause: 'The configuration of the sync server is missing an entry or contradicts itself.',
    remedy: 'Change the entry that the message names.',
    retryable: false,
  },
  PORT_IN_USE: {
    cause: 'Another program listens on this port.',
    remedy: 'Stop it, or choose another port with server.port or DATASTORES_SERVER_PORT.',
    retryable: false,
  },
  ...STORE_CODES,
  LINK_TAKEN: {
    cause: 'A record of an external system is already linked to another document.',
    remedy: 'Merge or delete one of the two documents that the message names.',
    retryable: false,
  },
  OUTBOX_STALE: {
    cause: 'An outbox row that was to be sent has been sent or settled meanwhile.',
    remedy: 'Read the heads of the outbox again; nothing was sent.',
    retryable: false,
  },
  DOCUMENT_UNKNOWN: {
    cause: 'There is no such document, and nothing is known of one.',
    remedy: 'Check datastore, id and scope; `datastores status` lists the datastores and scopes.',
    retryable: false,
  },
  SYSTEM_UNAVAILABLE: {
    cause: 'An external system does not answer, or refuses to, so what was asked for cannot be done now.',
    remedy: 'Look at `datastores status`, mend what it names, and try again; nothing was changed.',
    retryable: true,
  },
  LETTER_UNKNOWN: {
    cause: 'There is no such dead letter, or not any more: it was retried or dropped, or its write was never given up.',
    remedy: 'List the dead letters with `datastores dlq` and name one of them by its write id.',
    retryable: false,
  },
  LETTER_UNCERTAIN: {
    cause: 'The write of a dead letter may have been applied, and the system cannot be asked whether it was.',
    remedy:
      'Look over there: if it was not applied, retry with --not-applied; if it was, `datastores found <write-id> <key>` with the key of the record.',
    retryable: false,
  },
  LETTER_CERTAIN: {
    cause: 'The write of a dead letter was refused, so it cannot have been applied.',
    remedy: 'Mend the document and retry the letter, or drop it; nothing was changed.',
    retryable: false,
  },
  RECORD_UNFIT: {
    cause: 'The record that was named is not there, cannot be used, or belongs to another document.',
    remedy:
      'Check the key over there. Where a second document was made for the record, delete that first; nothing was changed.',
    retryable: false,
  },
  QUESTION_UNKNOWN: {
    cause: 'The question is not open any more, or never was: it was answered, or the two sides agree by now.',
    remedy: 'List the open questions with `datastores questions`; nothing was changed.',
    retryable: false,
  },
  QUESTION_STALE: {
    cause: 'The document or the record says something else by now than when the question was looked at.',
    remedy: 'List the open questions again and answer the one as it is now; nothing was changed.',
    retryable: false,
  },
  BINDING_INVALID: {
    cause:
      'A binding between a datastore and an external system contradicts its schema, its stream or another binding.',
    remedy: 'Change the binding as the message says.',
    retryable: false,
  },
  CONNECTOR_DEVIATES: {
    cause: 'A connector does not do what the traits of its stream claim.',
    remedy: 'Correct the connector or the trait that the message names.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorCode>;

/** The name of an error, as in {@link ERROR_CODES}. */
export type DatastoreErrorCode = keyof typeof ERROR_CODES;
