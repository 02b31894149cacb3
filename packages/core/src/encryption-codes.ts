/** The codes of encryption at rest; part of the table of all codes. */
export const ENCRYPTION_CODES = {
  ENCRYPTION_INVALID: {
    cause: 'What is to be encrypted, or the key for it, cannot be used.',
    remedy: 'Name fields without an index, or whole documents, and give a passphrase or an AES key that may wrap keys.',
    retryable: false,
  },
  ENCRYPTION_KEY_WRONG: {
    cause: 'The passphrase or key is not the one that the local database was encrypted with.',
    remedy: 'Ask for it again; nothing was changed. Without it the documents can only be removed and pulled again.',
    retryable: false,
  },
  ENCRYPTION_KEY_MISSING: {
    cause: 'The local database is encrypted, or its key was looked for where nothing is encrypted.',
    remedy: 'Pass encryption with the key to openDatastores, and the name that the database was opened with.',
    retryable: false,
  },
  ENCRYPTION_CHANGED: {
    cause: 'Other fields are to be encrypted than those that are encrypted in the stored documents.',
    remedy: 'Push what is unpushed, then open under another name, or remove the database, and let it be pulled anew.',
    retryable: false,
  },
  ENCRYPTED_FIELD: {
    cause: 'A query selects or sorts by an encrypted field, which the storage cannot read.',
    remedy: 'Select by other fields and filter the documents found, use search, or do not encrypt this field.',
    retryable: false,
  },
  DECRYPTION_FAILED: {
    cause: 'A stored value cannot be decrypted: it was changed or moved outside of the application.',
    remedy: 'Remove the local database and let it be pulled again; the server has everything that was pushed.',
    retryable: false,
  },
} as const;
