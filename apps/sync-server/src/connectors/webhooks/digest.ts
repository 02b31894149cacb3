import { createHmac, timingSafeEqual } from 'node:crypto';

/** Hashes of HMAC signatures. */
export type HmacAlgorithm = 'sha256' | 'sha384' | 'sha512';

/** Most signatures of one call that are looked at. */
export const MAX_SIGNATURES = 16;

/**
 * True if one of the signatures is that of one of the secrets. All are compared, each in a time that does not depend on
 * where it differs.
 */
export function matchesHmac(options: {
  readonly algorithm: HmacAlgorithm;
  readonly secrets: readonly Uint8Array[];
  /** What is signed, one part after the other. */
  readonly signed: readonly (string | Uint8Array)[];
  readonly signatures: readonly Uint8Array[];
}): boolean {
  const { algorithm, secrets, signed, signatures } = options;
  let matches = 0;
  for (const secret of secrets) {
    const hmac = createHmac(algorithm, secret);
    for (const part of signed) hmac.update(part);
    const expected = hmac.digest();
    for (const given of signatures.slice(0, MAX_SIGNATURES)) {
      if (given.length === expected.length) matches += Number(timingSafeEqual(given, expected));
    }
  }
  return matches > 0;
}

/** The bytes of a signature in text. What is no such text gives other bytes, which match nothing. */
export function decodeSignature(text: string, encoding: 'hex' | 'base64'): Uint8Array {
  return Buffer.from(text.trim(), encoding);
}
