import type { JsonValue } from '@datastores/core/schema';
import type { FieldOptions, Format } from './format-options.ts';

/** A value, or why there is none. */
export type Converted = { readonly value: JsonValue } | { readonly fault: string };

/** A value of a file as the value of a record. Null stays null. */
export function readValue(given: JsonValue, field: FieldOptions, format: Format): Converted {
  if (given === null) return { value: null };
  const type = field.type ?? (format.is === 'jsonl' ? 'json' : 'text');
  const converted = typeof given === 'string' ? fromText(given, type, format) : { value: given };
  if ('fault' in converted) return converted;
  const fault = checkValue(converted.value, type, field);
  return fault === null ? converted : { fault };
}

/** Why a value cannot be written into a field; null if it can. */
export function unfit(value: JsonValue, field: FieldOptions, format: Format): string | null {
  if (value === null) return null;
  return checkValue(value, field.type ?? (format.is === 'jsonl' ? 'json' : 'text'), field);
}

/** A value of a record as text of a file. Null has no text of its own. */
export function writeValue(value: Exclude<JsonValue, null>, format: Format): string {
  if (typeof value === 'number') return plainNumber(value).replace('.', format.decimal);
  if (typeof value === 'boolean') return format.booleans[value ? 'true' : 'false'][0] ?? String(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

type Type = NonNullable<FieldOptions['type']>;

function fromText(text: string, type: Type, format: Format): Converted {
  if (type === 'text') return { value: text };
  if (type === 'number' || type === 'integer') return numberOf(text, format);
  if (type === 'boolean') {
    const word = text.trim();
    if (format.booleans.true.includes(word)) return { value: true };
    if (format.booleans.false.includes(word)) return { value: false };
    return { fault: `"${shorten(text)}" is neither ${format.booleans.true[0]} nor ${format.booleans.false[0]}` };
  }
  if (format.is === 'jsonl') return { value: text };
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch {
    return { fault: `"${shorten(text)}" is no JSON` };
  }
}

function numberOf(text: string, { decimal, thousands }: Format): Converted {
  const bare = thousands === undefined ? text.trim() : text.trim().replaceAll(thousands, '');
  const plain = decimal === ',' ? bare.replace(',', '.') : bare;
  const mistaken = decimal === ',' && bare.includes('.');
  const value = Number(plain);
  if (mistaken || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(plain) || !Number.isFinite(value)) {
    return { fault: `"${shorten(text)}" is no number` };
  }
  return { value: Object.is(value, -0) ? 0 : value };
}

function checkValue(value: JsonValue, type: Type, field: FieldOptions): string | null {
  if (type === 'text' && typeof value !== 'string') return `must be text, not ${kindOf(value)}`;
  if (type === 'boolean' && typeof value !== 'boolean') return `must be true or false, not ${kindOf(value)}`;
  if (type === 'number' && typeof value !== 'number') return `must be a number, not ${kindOf(value)}`;
  // Beyond this a double says something else than what was written.
  if (type === 'integer' && !Number.isSafeInteger(value)) return `must be a whole number, not ${kindOf(value)}`;
  if (typeof value === 'string' && field.maxLength !== undefined && value.length > field.maxLength) {
    return `has ${value.length} characters, ${field.maxLength} fit`;
  }
  return null;
}

function plainNumber(value: number): string {
  const text = String(value);
  return text.includes('e') && Number.isSafeInteger(value) ? BigInt(value).toString() : text;
}

function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object';
  return `"${shorten(String(value))}"`;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
