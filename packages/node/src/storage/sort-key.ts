/** What a key column can hold. */
export type SqlValue = string | number | Buffer | null;

/** Sorts after `undefined` (NULL) and before every number, where RxDB sorts `null`. No JSON number equals it. */
export const NULL_KEY = Number.NEGATIVE_INFINITY;

const OTHER_KEY = Buffer.from([0]);
const FALSE_KEY = Buffer.from([1]);
const TRUE_KEY = Buffer.from([2]);

/**
 * Encodes a field's value so that SQLite compares two encoded values as RxDB compares the values themselves:
 * `undefined` < `null` < numbers < strings by UTF-16 code unit < objects and arrays < `false` < `true`.
 */
export function sortKey(value: unknown): SqlValue {
  if (typeof value === 'string') return textKey(value);
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? TRUE_KEY : FALSE_KEY;
  if (value === undefined) return null;
  return value === null ? NULL_KEY : OTHER_KEY;
}

/**
 * Encodes a string so that SQLite's bytewise order of UTF-8 is JavaScript's order of UTF-16 code units. Distinct strings
 * stay distinct, also those with NUL characters or lone surrogates, which SQLite's own text functions would cut or merge.
 */
export function textKey(text: string): string {
  for (let at = 0; at < text.length; at++) {
    if (isSpecial(text.charCodeAt(at))) return encodeUnits(text, at);
  }
  return text;
}

/** U+0000 ends a text in SQLite's JSON functions, U+0001 becomes its escape; from U+D800 UTF-8 and UTF-16 sort differently. */
function isSpecial(unit: number): boolean {
  return unit < 2 || unit >= 0xd800;
}

function encodeUnits(text: string, start: number): string {
  let key = text.slice(0, start);
  for (let at = start; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    key += isSpecial(unit) ? encodeUnit(unit) : text[at];
  }
  return key;
}

/** Every code is a well-formed text, none is the beginning of another, and they sort as the units do. */
function encodeUnit(unit: number): string {
  if (unit < 2) return `\u0001${String.fromCharCode(unit + 1)}`;
  return unit < 0xe000 ? String.fromCharCode(unit + 0x800) : String.fromCodePoint(0x10000 + unit - 0xe000);
}

/** The string that {@link textKey} encoded. */
export function textOf(key: string): string {
  let text = '';
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at);
    if (unit === 1) {
      at++;
      text += String.fromCharCode(key.charCodeAt(at) - 1);
    } else if (unit >= 0xd800 && unit < 0xdc00) {
      text += String.fromCharCode((key.codePointAt(at) ?? 0) - 0x10000 + 0xe000);
      at++;
    } else text += unit >= 0xe000 ? String.fromCharCode(unit - 0x800) : key[at];
  }
  return text;
}
