import { canonicalJson } from '../schema/canonical.ts';
import type { JsonDocument } from '../schema/document.ts';

/** A state of a document as the server has it. */
export interface DigestedState {
  readonly scope: string;
  readonly version: string;
  readonly document: JsonDocument;
}

/** Digests of ids are below this: 48 bits. */
export const ID_DIGESTS = 2 ** 48;

/** Digests of documents, and their sums, are below this: 42 bits. */
export const DIGESTS = 2 ** 42;

/** Digest of an id: where a document lies among the ranges. */
export function idDigest(id: string): number {
  return hash(id) % ID_DIGESTS;
}

/**
 * Digest of a document with its version and scope, the same on both sides whatever the order of its keys. It finds what
 * goes wrong by accident: any single character that is another one changes it, anything else does but once in 2^42.
 */
export function documentDigest({ scope, version, document }: DigestedState): number {
  // A version and the canonical text hold no line break, so the scope is what lies between.
  return hash(`${version}\n${scope}\n${canonicalJson(document)}`) % DIGESTS;
}

/** The sum of two digests of documents. */
export function addDigests(a: number, b: number): number {
  return (a + b) % DIGESTS;
}

/** Takes a digest out of a sum. */
export function subtractDigest(sum: number, digest: number): number {
  return (sum - digest + DIGESTS) % DIGESTS;
}

/** Writes digests one after the other, each with so many characters of six bits. */
export function writeDigests(digests: readonly number[], length: number): string {
  let text = '';
  for (const digest of digests) {
    let rest = digest;
    let word = '';
    for (let at = 0; at < length; at += 1) {
      word = ALPHABET.charAt(rest % 64) + word;
      rest = Math.floor(rest / 64);
    }
    text += word;
  }
  return text;
}

/** Reads what {@link writeDigests} wrote; a character that it does not write counts as the first one. */
export function readDigests(text: string, length: number): number[] {
  const digests: number[] = [];
  for (let start = 0; start + length <= text.length; start += length) {
    let digest = 0;
    for (let at = start; at < start + length; at += 1) digest = digest * 64 + (VALUES.get(text.charAt(at)) ?? 0);
    digests.push(digest);
  }
  return digests;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const VALUES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((character, value) => [character, value]));

/**
 * 53 bits of two lanes. Every step of a lane maps its states one to one, so two texts that differ in one character never
 * end in the same state. Synchronous and without any platform, unlike what platforms offer.
 */
function hash(text: string): number {
  let low = 0x2f0b4a27;
  let high = 0x51ed270b;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    low ^= low >>> 15;
    high = Math.imul(high ^ unit, 0x2c1b3c6d);
    high ^= high >>> 13;
  }
  return (mixed(high) & 0x1fffff) * 0x1_0000_0000 + (mixed(low) >>> 0);
}

/** Spreads what the last characters did over all bits. */
function mixed(state: number): number {
  let bits = state;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x297a2d39);
  return bits ^ (bits >>> 16);
}
