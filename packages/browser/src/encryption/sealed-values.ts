import { DatastoreError } from '@datastores/core';

/** Where a value stands; a sealed value can be opened at the same place only. */
export interface ValuePlace {
  readonly collection: string;
  readonly id: string;
  /** `*` for all fields of a document together. */
  readonly field: string;
}

/** Bytes of the random nonce in front of each sealed value. */
const NONCE = 12;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Seals a value with AES-GCM under a random nonce of 96 bits: base64 of nonce and ciphertext. By NIST SP 800-38D one key is
 * good for 2^32 values with random nonces; a replica that writes 100 values a second gets there after more than a year.
 */
export async function seal(key: CryptoKey, place: ValuePlace, value: unknown): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const additionalData = bound(place);
  const plain = encoder.encode(JSON.stringify(value));
  const cipher = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plain));
  const sealed = new Uint8Array(NONCE + cipher.length);
  sealed.set(iv);
  sealed.set(cipher, NONCE);
  return toBase64(sealed);
}

/** The value that was sealed. Throws DECRYPTION_FAILED if it was changed, moved, or sealed with another key. */
export async function unseal(key: CryptoKey, place: ValuePlace, sealed: string): Promise<unknown> {
  try {
    const bytes = fromBase64(sealed);
    const plain = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: bytes.subarray(0, NONCE), additionalData: bound(place) },
      key,
      bytes.subarray(NONCE),
    );
    return JSON.parse(decoder.decode(plain)) as unknown;
  } catch (cause) {
    const { collection, id, field } = place;
    const what = field === '*' ? `"${id}"` : `"${field}" of "${id}"`;
    throw new DatastoreError('DECRYPTION_FAILED', `${collection}: ${what} cannot be decrypted.`, { cause });
  }
}

function bound({ collection, id, field }: ValuePlace): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify([collection, id, field]));
}

/** So many bytes become arguments of one call. */
const CHUNK = 8_192;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
