import { DatastoreError } from '@datastores/core';
import { type KeyringRecord, readKeyring, writeKeyring } from './keyring-store.ts';
import { type Derivation, type EncryptionKey, newDerivation, wrappingKey } from './wrapping-key.ts';

/** The open data key of a local database. */
export interface Keyring {
  readonly key: CryptoKey;
  /** What is sealed of a collection by its name and version, as it was when its first document was stored. */
  sealedOf(collection: string): readonly string[] | undefined;
  /** Notes what is sealed of a collection. */
  note(collection: string, fields: readonly string[]): Promise<void>;
}

const DATA_KEY = { name: 'AES-GCM', length: 256 } as const;

/**
 * Opens the data key of a database, or makes one where there is none yet. Two tabs that make one at the same moment end up
 * with the same. Throws ENCRYPTION_KEY_WRONG; nothing is changed then.
 */
export async function openKeyring(name: string, secret: EncryptionKey): Promise<Keyring> {
  let record = await readKeyring(name);
  if (record === null) {
    const key = await crypto.subtle.generateKey(DATA_KEY, true, ['encrypt', 'decrypt']);
    record = await writeKeyring(name, await wrapped(key, { name, secret, sealed: {} }), null);
  }
  const key = await unwrapped(record, { name, secret, extractable: false });
  let sealed = record.sealed;
  return {
    key,
    sealedOf: (collection) => sealed[collection],
    async note(collection, fields) {
      // Another tab may have noted something else, or changed the passphrase, in the meantime.
      for (;;) {
        const current = await readKeyring(name);
        if (current === null) throw new DatastoreError('ENCRYPTION_KEY_MISSING', `The key of "${name}" was removed.`);
        const next = {
          ...current,
          revision: current.revision + 1,
          sealed: { ...current.sealed, [collection]: fields },
        };
        const stored = await writeKeyring(name, next, current.revision);
        sealed = stored.sealed;
        if (stored.revision === next.revision && sealed[collection] !== undefined) return;
      }
    },
  };
}

/**
 * Wraps the data key with another passphrase or key. Documents are not touched, open tabs go on. Throws ENCRYPTION_KEY_MISSING
 * where nothing is encrypted, ENCRYPTION_KEY_WRONG if `from` is not the present one; the present one stays valid then.
 */
export async function changeEncryptionKey(change: KeyChange): Promise<void> {
  const { name = 'datastores', from, to } = change;
  const record = await readKeyring(name);
  if (record === null) throw new DatastoreError('ENCRYPTION_KEY_MISSING', `"${name}" is not encrypted.`);
  const key = await unwrapped(record, { name, secret: from, extractable: true });
  const next = await wrapped(key, { name, secret: to, sealed: record.sealed });
  const stored = await writeKeyring(name, { ...next, revision: record.revision + 1 }, record.revision);
  if (stored.wrapped !== next.wrapped && !sameBytes(stored.wrapped, next.wrapped)) return changeEncryptionKey(change);
}

/** A change of the passphrase or key. */
export interface KeyChange {
  /** Name of the local database, as `openDatastores` has it. */
  readonly name?: string;
  readonly from: EncryptionKey;
  readonly to: EncryptionKey;
}

interface Wrapping {
  readonly name: string;
  readonly secret: EncryptionKey;
}

async function wrapped(
  key: CryptoKey,
  { name, secret, sealed }: Wrapping & Pick<KeyringRecord, 'sealed'>,
): Promise<KeyringRecord> {
  const derivation = newDerivation();
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const wrapper = await wrappingKey(secret, derivation);
  const bytes = await crypto.subtle.wrapKey('raw', key, wrapper, algorithm(wrapper, nonce, name));
  return { revision: 1, derivation, nonce, wrapped: new Uint8Array(bytes), sealed };
}

async function unwrapped(
  { wrapped: bytes, nonce, derivation }: KeyringRecord,
  { name, secret, extractable }: Wrapping & { readonly extractable: boolean },
): Promise<CryptoKey> {
  const wrapper = await wrappingKey(secret, derivation as Derivation);
  const usages: KeyUsage[] = ['encrypt', 'decrypt'];
  try {
    const how = algorithm(wrapper, nonce, name);
    return await crypto.subtle.unwrapKey('raw', bytes, wrapper, how, DATA_KEY, extractable, usages);
  } catch (cause) {
    throw new DatastoreError('ENCRYPTION_KEY_WRONG', `The passphrase or key does not open "${name}".`, { cause });
  }
}

function algorithm(wrapper: CryptoKey, iv: Uint8Array<ArrayBuffer>, name: string) {
  if (wrapper.algorithm.name === 'AES-KW') return { name: 'AES-KW' };
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(name) };
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
