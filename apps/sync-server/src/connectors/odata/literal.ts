/** The types that a key may have. */
export type KeyType = 'string' | 'integer' | 'guid' | 'date';

/**
 * A text as a literal of an address, not yet escaped; null if no value of the type is written so. Only the one way in which
 * a service writes a number is taken: 007 is not the key 7.
 */
export function literalOf(type: KeyType, text: string): string | null {
  if (type === 'string') return /\p{Surrogate}/u.test(text) ? null : `'${text.replaceAll("'", "''")}'`;
  return FORMS[type].test(text) ? text : null;
}

/** The text of a literal. */
export function textOf(literal: string): string {
  return literal.startsWith("'") ? literal.slice(1, -1).replaceAll("''", "'") : literal;
}

const FORMS: Readonly<Record<Exclude<KeyType, 'string'>, RegExp>> = {
  integer: /^(?:0|-?[1-9]\d{0,18})$/,
  guid: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i,
  date: /^\d{4}-\d\d-\d\d$/,
};
