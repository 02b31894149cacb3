export { type EncryptionOptions, encryptDatastores } from './encryption/encrypted-storage.ts';
export { changeEncryptionKey, type KeyChange } from './encryption/keyring.ts';
export type { EncryptedDatastores } from './encryption/sealed-fields.ts';
export type { EncryptionKey } from './encryption/wrapping-key.ts';
