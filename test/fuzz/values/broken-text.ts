import type { Random } from '../../bench/documents/random.ts';

/** The bytes of a text, damaged as bytes: cut, doubled, with stray bytes that no text has. */
export function brokenBytes(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text);
  const at = random.integer(0, Math.max(0, bytes.length - 1));
  const withInside = (inside: Uint8Array) => Buffer.concat([bytes.subarray(0, at), inside, bytes.subarray(at)]);
  switch (random.integer(0, 9)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes, bytes]);
    case 2:
      return Buffer.concat([Buffer.from('\ufeff'), bytes]);
    case 3:
      return withInside(random.pick(STRAY));
    case 4:
      return Buffer.concat([bytes, random.pick(STRAY)]);
    case 5: {
      const flipped = Buffer.from(bytes);
      flipped[at] = random.integer(0, 255);
      return flipped;
    }
    case 6:
      return Buffer.from(text, 'utf16le');
    case 7:
      return Buffer.from(
        random.pick(['', ' ', '{', '[', '"', 'null', '0', '[]', '{}', '""', '{"json":null}', '\u0000']),
      );
    case 8:
      return Buffer.concat([Buffer.from(' \n\t\r'.repeat(random.pick([1, 50, 5_000]))), bytes]);
    default:
      return Buffer.from(Array.from({ length: random.pick([1, 16, 400]) }, () => random.integer(0, 255)));
  }
}

/** Bytes that are no UTF-8, or no part of JSON. */
const STRAY: readonly Buffer[] = ['00', 'c0af', 'ed a080', 'f4908080', 'ff', 'fe', '80', 'e282', '1b5b324a', '7f'].map(
  (hex) => Buffer.from(hex.replace(' ', ''), 'hex'),
);
