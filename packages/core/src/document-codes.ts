/** Why a document is not stored, here or on the server; part of the table of all codes. */
export const DOCUMENT_CODES = {
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
  WRITE_FORBIDDEN: {
    cause: 'The access rules of the server do not let this caller make this change.',
    remedy:
      'Make it as somebody who may, or leave out what the message names; the change is kept in the rejected list.',
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
} as const;
