import type { JsonValue } from '@datastores/core/schema';
import { types } from 'pg';
import type { ColumnType } from '../sql/table.ts';

/**
 * How a value of PostgreSQL becomes JSON, by type id. Lossless: what a double cannot hold stays text (int8 beyond 2^53,
 * numeric with more than 15 digits, NaN), times keep their microseconds, bytes are base64, unknown types are their text.
 */
export function valueParser(oid: number): (text: string) => JsonValue {
  const element = ELEMENTS[oid];
  if (element === undefined) return PARSERS[oid] ?? asText;
  const parse = PARSERS[element] ?? asText;
  return (text) => parseList(parseTexts(text), parse);
}

/** The form in which a JSON value is sent for a column. Throws TypeError in plain words if the column cannot take it. */
export function encodeValue(value: JsonValue, type: ColumnType): unknown {
  if (value === null) return null;
  if (type.json) return JSON.stringify(value);
  if (Array.isArray(value)) {
    if (!type.array) throw new TypeError(`is a list, but ${type.name} is wanted`);
    return value.map((entry: JsonValue) => encodeScalar(entry, type));
  }
  if (type.array) throw new TypeError(`must be a list (${type.name})`);
  return encodeScalar(value, type);
}

function parseList(entries: unknown, parse: (text: string) => JsonValue): JsonValue {
  if (Array.isArray(entries)) return entries.map((entry) => parseList(entry, parse));
  return entries === null ? null : parse(String(entries));
}

function encodeScalar(value: JsonValue, type: ColumnType): unknown {
  if (value === null) return null;
  if (typeof value === 'object') throw new TypeError(`is an object, but ${type.name} is wanted`);
  if (!type.bytes) return String(value);
  if (typeof value === 'string' && BASE64.test(value)) return Buffer.from(value, 'base64');
  throw new TypeError('must be bytes written as base64');
}

/** The parser of text[]. The declared type names no ids of lists. */
const parseTexts: (text: string) => unknown = types.getTypeParser(1009 as Parameters<typeof types.getTypeParser>[0]);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?$/;
/** Every decimal of so many digits survives the way through a double. */
const SAFE_DIGITS = 15;

const asText = (text: string): JsonValue => text;
const asNumber = (text: string): JsonValue => (Number.isFinite(Number(text)) ? Number(text) : text);
const asInt8 = (text: string): JsonValue => (Number.isSafeInteger(Number(text)) ? Number(text) : text);

function asNumeric(text: string): JsonValue {
  const digits = text.replace(/^-?0*\.?0*|\./g, '').length;
  return digits <= SAFE_DIGITS ? asNumber(text) : text;
}

function asTimestamp(text: string): JsonValue {
  const parts = TIMESTAMP.exec(text);
  return parts ? `${parts[1]}T${parts[2]}${parts[3] ? 'Z' : ''}` : text;
}

const PARSERS: Readonly<Record<number, (text: string) => JsonValue>> = {
  16: (text) => text === 't',
  17: (text) => Buffer.from(text.slice(2), 'hex').toString('base64'),
  20: asInt8,
  21: asNumber,
  23: asNumber,
  26: asNumber,
  114: (text) => JSON.parse(text) as JsonValue,
  700: asNumber,
  701: asNumber,
  1114: asTimestamp,
  1184: asTimestamp,
  1700: asNumeric,
  3802: (text) => JSON.parse(text) as JsonValue,
};

/** Type ids of lists and of what they hold. */
const ELEMENTS: Readonly<Record<number, number>> = {
  199: 114,
  1000: 16,
  1001: 17,
  1005: 21,
  1007: 23,
  1009: 25,
  1014: 1042,
  1015: 1043,
  1016: 20,
  1021: 700,
  1022: 701,
  1115: 1114,
  1182: 1082,
  1185: 1184,
  1231: 1700,
  2951: 2950,
  3807: 3802,
};
