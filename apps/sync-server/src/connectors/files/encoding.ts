/** An encoding as declared. `latin1` is read and written as windows-1252, as the rest of the world does. */
export type Encoding = 'utf-8' | 'windows-1252' | 'latin1' | 'utf-16le';

/** Turns pieces of bytes into text; `end` gives what was left over. */
export interface Decoder {
  decode(bytes: Buffer): string;
  end(): string;
}

/** What a byte order mark says, and how long it is. */
export function markOf(head: Buffer): { readonly encoding: Encoding | 'utf-16be'; readonly length: number } | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return null;
}

/** Bytes that mean nothing in the encoding become U+FFFD. */
export function createDecoder(encoding: Encoding | 'utf-16be'): Decoder {
  if (encoding === 'windows-1252' || encoding === 'latin1') return { decode: decodeWindows, end: () => '' };
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  return { decode: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
}

/** Text as bytes, or the first character that the encoding does not have. */
export function encodeText(text: string, encoding: Encoding): Buffer | { readonly lacks: string } {
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  const lacks = lackingIn(text, encoding);
  if (lacks !== null) return { lacks };
  return Buffer.from(
    text.replace(BEYOND_LATIN1, (character) => String.fromCharCode(0x80 + HIGH.indexOf(character))),
    'latin1',
  );
}

/** The first character that cannot be written in the encoding; null if all can. Halves of a surrogate pair cannot. */
export function lackingIn(text: string, encoding: Encoding): string | null {
  if (encoding === 'utf-8' || encoding === 'utf-16le') return HALF_PAIR.test(text) ? '\ufffd' : null;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code > 0xff || (code >= 0x80 && code < 0xa0)) {
      if (!HIGH.includes(character)) return character;
    }
  }
  return null;
}

function decodeWindows(bytes: Buffer): string {
  return bytes.toString('latin1').replace(CONTROLS, (character) => HIGH[character.charCodeAt(0) - 0x80] ?? character);
}

/** What windows-1252 has in the places 0x80 to 0x9f, where Latin-1 has control characters. */
const HIGH = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const CONTROLS = /[\u0080-\u009f]/g;
const BEYOND_LATIN1 = /[^\p{ASCII}\u00a0-\u00ff]/gu;
const HALF_PAIR = /\p{Surrogate}/u;
