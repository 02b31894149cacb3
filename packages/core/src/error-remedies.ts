/**
 * What to do about each error, and whether the same call may succeed later; retry logic reads that and nothing else. Codes
 * are stable, texts may improve. Why each happens stands in `error-codes.ts`: nobody reads that at run time, and a page
 * would load it with every visit.
 */
export const REMEDIES = {
  // ---- declaration of a datastore
  SCHEMA_INVALID: {
    remedy: 'Change the declaration as the message says.',
    retryable: false,
  },
  TOO_MANY_DATASTORES: {
    remedy: 'Open fewer datastores, put several kinds into one datastore with a type field, or split the process.',
    retryable: false,
  },
  // ---- documents and their rows
  DOCUMENT_INVALID: {
    remedy: 'Correct the fields that the message names and write again; nothing was stored.',
    retryable: false,
  },
  DOCUMENT_TOO_LARGE: {
    remedy: 'Move large values out of the document, or raise the limit on server and replicas.',
    retryable: false,
  },
  DOCUMENT_DELETED: {
    remedy: 'The change is kept in the rejected list; insert it under a new id if it is still wanted.',
    retryable: false,
  },
  FIELD_SERVER_ONLY: {
    remedy: 'Leave the field as it was and write again.',
    retryable: false,
  },
  FIELD_IMMUTABLE: {
    remedy: 'Insert a new document, or leave the field as it was.',
    retryable: false,
  },
  WRITE_FORBIDDEN: {
    remedy:
      'Make it as somebody who may, or leave out what the message names; the change is kept in the rejected list.',
    retryable: false,
  },
  DATASTORE_READ_ONLY: {
    remedy: 'Read receipts and the states of systems; what they say follows from what the systems answer.',
    retryable: false,
  },
  CHANGE_CONFLICT: {
    remedy: 'Look at the current state and make the change again if it is still wanted.',
    retryable: false,
  },
  // ---- receipts
  WRITE_REJECTED: {
    remedy: 'Correct the document as the message says and write it again, or take the change back.',
    retryable: false,
  },
  WRITE_HELD: {
    remedy: 'Ask the operator of the sync server, who sees it in the dead letters; it is not lost.',
    retryable: false,
  },
  RECEIPT_UNKNOWN: {
    remedy: 'Wait for a system that is told of the datastore; a confirmed receipt is kept for seven days.',
    retryable: false,
  },
  // ---- replica
  REPLICA_CLOSED: {
    remedy: 'Open it again with openDatastores.',
    retryable: false,
  },
  UNPUSHED_CHANGES: {
    remedy: 'Connect and wait until everything is pushed, or pass { discardUnpushed: true } to give the changes up.',
    retryable: true,
  },
  REMOVAL_INCOMPLETE: {
    remedy: 'Close the other tabs of the application; the browser then removes what is left.',
    retryable: true,
  },
  DATABASE_IN_USE: {
    remedy: 'Close the other tabs of the application and load this one again; nothing is lost.',
    retryable: true,
  },
  FOLDER_LOCKED: {
    remedy: 'Stop the process that the message names, or use another folder.',
    retryable: false,
  },
  FOLDER_UNUSABLE: {
    remedy: 'Check that the path exists, is a folder, is writable by this user and has free space.',
    retryable: false,
  },
  STORAGE_UNAVAILABLE: {
    remedy: 'See the message: free disk space, permissions, or the SQLite binding (npm rebuild better-sqlite3).',
    retryable: true,
  },
  STORAGE_UNREADABLE: {
    remedy:
      'Close and open again: openDatastores saves what is unpushed in a damaged file and pulls the rest. Otherwise restore a backup, or use the version that wrote it.',
    retryable: false,
  },
  SQLITE_MISSING: {
    remedy: 'Run "npm rebuild better-sqlite3" and allow its install script (npm: "allowScripts" in package.json).',
    retryable: false,
  },
  BACKUP_REFUSED: {
    remedy: 'Choose a path where there is no file yet, or an earlier backup that nobody has open; nothing was changed.',
    retryable: false,
  },
  BACKUP_FAILED: {
    remedy: 'See the message: free disk space, or the replica was closed meanwhile; an earlier backup is as it was.',
    retryable: true,
  },
  ATTACHMENT_MISSING: {
    remedy: 'Read the document again and use the attachment that it names now.',
    retryable: false,
  },
  OPTION_INVALID: {
    remedy: 'Pass the option as the message says.',
    retryable: false,
  },
  SEARCH_UNDECLARED: {
    remedy: "Add search: ['name', …] to its declaration; the index is built in the background at the next start.",
    retryable: false,
  },
  SEARCH_UNAVAILABLE: {
    remedy: 'Open the replica with openDatastores, or query the fields of the collection with find.',
    retryable: false,
  },
  // ---- wire
  SERVER_UNREACHABLE: {
    remedy: 'Nothing to do: local work goes on and changes are pushed when it is back.',
    retryable: true,
  },
  SERVER_BUSY: {
    remedy: 'Nothing to do: the request is repeated after the time the server asked for.',
    retryable: true,
  },
  SERVER_FAILED: {
    remedy: 'Look at the log of the server; the request is repeated.',
    retryable: true,
  },
  TOKEN_INVALID: {
    remedy: 'Get a new token, and check issuer, audience and key of the server configuration.',
    retryable: false,
  },
  TOKEN_EXPIRED: {
    remedy: 'Get a new token; pass a function as token so that it is fetched afresh.',
    retryable: false,
  },
  SIGNATURE_INVALID: {
    remedy: 'Compare the secret of the sender with that of the connector, and the clocks of both machines.',
    retryable: false,
  },
  FORBIDDEN: {
    remedy: 'Use a token with the scope or role that the message names.',
    retryable: false,
  },
  DATASTORE_UNKNOWN: {
    remedy: 'Declare the datastore in the configuration of the server, or remove it from the replica.',
    retryable: false,
  },
  REQUEST_INVALID: {
    remedy: 'Use a client of the same protocol version; see SPEC.md of the protocol.',
    retryable: false,
  },
  CHECKPOINT_INVALID: {
    remedy: 'Start from no checkpoint; the journal of unpushed changes is kept.',
    retryable: false,
  },
  PAYLOAD_TOO_LARGE: {
    remedy: 'Nothing to do: the batch is halved and sent again.',
    retryable: true,
  },
  UPGRADE_REQUIRED: {
    remedy: 'Update the older side; unpushed changes are kept.',
    retryable: false,
  },
  // ---- server
  CONFIG_INVALID: {
    remedy: 'Change the entry that the message names.',
    retryable: false,
  },
  PORT_IN_USE: {
    remedy: 'Stop it, or choose another port with server.port or DATASTORES_SERVER_PORT.',
    retryable: false,
  },
  STORE_UNAVAILABLE: {
    remedy: 'Check path, permissions, free space and that no newer version of the server wrote it.',
    retryable: true,
  },
  STORE_UNSAFE: {
    remedy: 'Switch the settings that the message names on again; the store was not opened.',
    retryable: false,
  },
  STORE_CLOSED: {
    remedy: 'Nothing to do while the server stops; otherwise start it again.',
    retryable: false,
  },
  LINK_TAKEN: {
    remedy: 'Merge or delete one of the two documents that the message names.',
    retryable: false,
  },
  OUTBOX_STALE: {
    remedy: 'Read the heads of the outbox again; nothing was sent.',
    retryable: false,
  },
  DOCUMENT_UNKNOWN: {
    remedy: 'Check datastore, id and scope; `datastores status` lists the datastores and scopes.',
    retryable: false,
  },
  SYSTEM_UNAVAILABLE: {
    remedy: 'Look at `datastores status`, mend what it names, and try again; nothing was changed.',
    retryable: true,
  },
  LETTER_UNKNOWN: {
    remedy: 'List the dead letters with `datastores dlq` and name one of them by its write id.',
    retryable: false,
  },
  LETTER_UNCERTAIN: {
    remedy:
      'Look over there: if it was not applied, retry with --not-applied; if it was, `datastores found <write-id> <key>` with the key of the record.',
    retryable: false,
  },
  LETTER_CERTAIN: {
    remedy: 'Mend the document and retry the letter, or drop it; nothing was changed.',
    retryable: false,
  },
  RECORD_UNFIT: {
    remedy:
      'Check the key over there. Where a second document was made for the record, delete that first; nothing was changed.',
    retryable: false,
  },
  QUESTION_UNKNOWN: {
    remedy: 'List the open questions with `datastores questions`; nothing was changed.',
    retryable: false,
  },
  QUESTION_STALE: {
    remedy: 'List the open questions again and answer the one as it is now; nothing was changed.',
    retryable: false,
  },
  BINDING_INVALID: {
    remedy: 'Change the binding as the message says.',
    retryable: false,
  },
  CONNECTOR_DEVIATES: {
    remedy: 'Correct the connector or the trait that the message names.',
    retryable: false,
  },
  // ---- encryption at rest
  ENCRYPTION_INVALID: {
    remedy: 'Name fields without an index, or whole documents, and give a passphrase or an AES key that may wrap keys.',
    retryable: false,
  },
  ENCRYPTION_KEY_WRONG: {
    remedy: 'Ask for it again; nothing was changed. Without it the documents can only be removed and pulled again.',
    retryable: false,
  },
  ENCRYPTION_KEY_MISSING: {
    remedy: 'Pass encryption with the key to openDatastores, and the name that the database was opened with.',
    retryable: false,
  },
  ENCRYPTION_CHANGED: {
    remedy: 'Push what is unpushed, then open under another name, or remove the database, and let it be pulled anew.',
    retryable: false,
  },
  ENCRYPTED_FIELD: {
    remedy: 'Select by other fields and filter the documents found, use search, or do not encrypt this field.',
    retryable: false,
  },
  DECRYPTION_FAILED: {
    remedy: 'Remove the local database and let it be pulled again; the server has everything that was pushed.',
    retryable: false,
  },
} as const;

/** The name of an error. */
export type DatastoreErrorCode = keyof typeof REMEDIES;
