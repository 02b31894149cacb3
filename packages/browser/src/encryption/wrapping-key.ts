import { DatastoreError } from '@datastores/core';

/**
 * What the data key is wrapped with: a passphrase, or a key of the application (AES-GCM or AES-KW, with the usages `wrapKey` and
 * `unwrapKey`), e.g. one that a sign-in or the platform gives.
 */
export type EncryptionKey = string | CryptoKey;

/** How a passphrase becomes a key. Stored beside the wrapped key. */
export interface Derivation {
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly iterations: number;
}

/** Rounds of PBKDF2 with SHA-256 for new passphrases: what OWASP recommends since 2023; some tenths of a second. */
const ITERATIONS = 600_000;

/** A new derivation, with a salt of its own. */
export function newDerivation(): Derivation {
  return { salt: crypto.getRandomValues(new Uint8Array(16)), iterations: ITERATIONS };
}

/** The key to wrap with. Throws ENCRYPTION_INVALID for what cannot be one. */
export async function wrappingKey(key: EncryptionKey, { salt, iterations }: Derivation): Promise<CryptoKey> {
  if (typeof key !== 'string') return checked(key);
  if (key === '') throw new DatastoreError('ENCRYPTION_INVALID', 'The passphrase is empty.');
  const material = await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(key.normalize('NFKC')),
    'PBKDF2',
    false,
    ['deriveKey'],
  );
  const params = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  return crypto.subtle.deriveKey(params, material, { name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'unwrapKey']);
}

function checked(key: CryptoKey): CryptoKey {
  const { algorithm, usages } = key ?? {};
  const known = algorithm?.name === 'AES-GCM' || algorithm?.name === 'AES-KW';
  if (known && usages.includes('wrapKey') && usages.includes('unwrapKey')) return key;
  throw new DatastoreError(
    'ENCRYPTION_INVALID',
    'The key is neither a passphrase nor an AES-GCM or AES-KW key that may wrap and unwrap keys.',
  );
}
