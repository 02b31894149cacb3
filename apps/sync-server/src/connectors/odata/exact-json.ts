import type { JsonValue } from '@datastores/core/schema';

/**
 * Reads JSON. A number that a JavaScript number cannot hold exactly becomes the text it was written as, so that a service
 * that does not know IEEE754Compatible costs no digits. Throws SyntaxError.
 */
export function parseExactJson(text: string): JsonValue {
  const exact = text.replaceAll(TOKEN, (token) => (token.startsWith('"') || isExact(token) ? token : `"${token}"`));
  return JSON.parse(exact) as JsonValue;
}

/** Texts, so that digits in them are left alone, and numbers. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function isExact(token: string): boolean {
  return token.length < 16 || digitsOf(token) === digitsOf(String(Number(token)));
}

/** A number as its digits and the place of its point, the same for all ways to write it. */
function digitsOf(token: string): string {
  const [, sign = '', whole = '', part = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = `${whole}${part}`.replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  if (trimmed === '') return '0';
  return `${sign}${trimmed}e${Number(exponent) - part.length + digits.length - trimmed.length}`;
}
