import { type Datastore, DatastoreError } from '@datastores/core';
import { JOURNAL } from '@datastores/core/replica';
import { getChangedDocumentsSince, type RxStorage, type RxStorageInstanceCreationParams } from 'rxdb';
import { type AnyInstance, encryptedInstance } from './encrypted-instance.ts';
import { type Keyring, openKeyring } from './keyring.ts';
import { createSealer } from './sealed-documents.ts';
import { type EncryptedDatastores, type SealedFields, sealedFields } from './sealed-fields.ts';
import type { StorageEncryption } from './storage-encryption.ts';
import type { EncryptionKey } from './wrapping-key.ts';

/** What is to be encrypted, and with what. */
export interface EncryptionOptions {
  /** A passphrase, or an AES-GCM or AES-KW key with the usages `wrapKey` and `unwrapKey`. It wraps the random data key. */
  readonly key: EncryptionKey;
  /**
   * What of each datastore: `'document'` for everything but the id and indexed fields, or a list of fields. What an index
   * compares cannot be encrypted and is refused.
   */
  readonly datastores: EncryptedDatastores;
}

/**
 * Encryption of a local database: `openDatastores({ …, encryption: encryptDatastores({ key, datastores: { customer: 'document' } }) })`.
 * Each value is sealed with AES-GCM before it reaches the storage, in the documents as well as in the journal. Opening
 * throws ENCRYPTION_INVALID, ENCRYPTION_KEY_WRONG, or ENCRYPTION_CHANGED where stored documents do not fit the declaration.
 */
export function encryptDatastores({ key, datastores: encrypted }: EncryptionOptions): StorageEncryption {
  return {
    async open(storage, { name, datastores }) {
      const fields = sealedFields(encrypted, datastores);
      return encryptedStorage(storage, { fields, datastores, keyring: await openKeyring(name, key) });
    },
    covers(collection, fields) {
      const wanted = encrypted[collection];
      // Indexed fields are readable in the documents, but an index of texts holds them together with others.
      return wanted === 'document' || fields.some((field) => wanted?.includes(field) === true);
    },
  };
}

interface Encryption {
  readonly fields: ReadonlyMap<string, SealedFields>;
  readonly datastores: readonly Datastore[];
  readonly keyring: Keyring;
}

function encryptedStorage<I, O>(storage: RxStorage<I, O>, encryption: Encryption): RxStorage<I, O> {
  const { fields, datastores, keyring } = encryption;
  return {
    name: storage.name,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, O>) {
      const instance = await storage.createStorageInstance<T>(params);
      const { collectionName: collection } = params;
      const datastore = datastores.find(({ name }) => name === collection);
      if (datastore === undefined && collection !== JOURNAL) return instance;
      const below = instance as unknown as AnyInstance;
      try {
        // Documents of an older version are read, migrated and removed: they were sealed as it was declared then.
        if (datastore?.version === params.schema.version) await assertSame(below, encryption);
      } catch (error) {
        await instance.close();
        throw error;
      }
      const primary = below.schema.primaryKey as string;
      const sealer = createSealer({ key: keyring.key, collection, primary, fields });
      return encryptedInstance(below, sealer, fields.get(collection)) as unknown as typeof instance;
    },
  };
}

/** What is stored must be sealed as it is declared now: nothing may stay readable that the application takes for encrypted. */
async function assertSame(instance: AnyInstance, { fields, keyring }: Encryption): Promise<void> {
  const { collectionName: collection, schema } = instance;
  const slot = `${collection}@${schema.version}`;
  const wanted = fields.get(collection)?.names ?? [];
  const stored = keyring.sealedOf(slot);
  if (stored !== undefined && isSame(stored, wanted)) return;
  const { documents } = await getChangedDocumentsSince(instance, 1);
  if (documents.length > 0 && !(stored === undefined && wanted.length === 0)) {
    const described = (names: readonly string[]) => (names.length === 0 ? 'nothing' : names.join(', '));
    throw new DatastoreError(
      'ENCRYPTION_CHANGED',
      `"${collection}" was stored with ${described(stored ?? [])} encrypted, and is opened with ${described(wanted)}.`,
    );
  }
  await keyring.note(slot, wanted);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}
