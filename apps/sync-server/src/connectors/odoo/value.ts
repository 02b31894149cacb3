import type { JsonValue } from '@datastores/core/schema';
import type { Field } from '../model-rpc/orm.ts';
import { relatedId } from '../model-rpc/record-id.ts';

/**
 * A value of Odoo as JSON: `false` stands for an empty field of every type but boolean, `[id, name]` for a related record,
 * times are UTC. Throws TypeError for what JSON numbers have already spoilt.
 */
export function decodeValue(field: Field, value: JsonValue): JsonValue {
  if (field.type === 'boolean') return value;
  if (value === false || value === null) return LISTS.has(field.type) ? [] : null;
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new TypeError('is a whole number beyond 2^53, which JSON numbers cannot carry');
  }
  if (field.type === 'many2one') return String(Array.isArray(value) ? (value as readonly JsonValue[])[0] : value);
  if (field.type === 'many2one_reference') return value === 0 ? null : String(value);
  if (LISTS.has(field.type) && Array.isArray(value)) return value.map(String);
  if (field.type === 'datetime') return `${String(value).replace(' ', 'T')}Z`;
  return value;
}

/** A JSON value as Odoo takes it for a field. Throws TypeError in plain words where the field cannot hold it. */
export function encodeValue(field: Field, value: JsonValue): JsonValue {
  if (value === null) return false;
  return (ENCODERS[field.type] ?? asText)(value);
}

/** Milliseconds since 1970 of a time of Odoo, which tells whole seconds alone; null for anything else. */
export function stampOf(value: JsonValue | undefined): number | null {
  if (typeof value !== 'string' || !STAMP.test(value)) return null;
  return Date.parse(`${value.replace(' ', 'T')}Z`);
}

/** A time, milliseconds since 1970, as conditions take it; fractions of a second are cut off. */
export function encodeTime(ms: number): string {
  return new Date(Math.floor(ms / 1_000) * 1_000).toISOString().slice(0, 19).replace('T', ' ');
}

const LISTS = new Set(['one2many', 'many2many']);
const STAMP = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const ENCODERS: Readonly<Record<string, (value: JsonValue) => JsonValue>> = {
  boolean: (value) => take(value, typeof value === 'boolean', 'must be true or false'),
  integer: encodeInteger,
  float: encodeNumber,
  monetary: encodeNumber,
  date: (value) => take(value, isDate(value), 'must be a date, YYYY-MM-DD'),
  datetime: encodeStamp,
  binary: (value) => take(value, typeof value === 'string' && BASE64.test(value), 'must be bytes written as base64'),
  image: (value) => take(value, typeof value === 'string' && BASE64.test(value), 'must be bytes written as base64'),
  many2one: relatedId,
  many2one_reference: relatedId,
  json: (value) => value,
  properties: (value) => value,
};

function asText(value: JsonValue): JsonValue {
  return take(String(value), typeof value !== 'object', 'must be text');
}

function encodeInteger(value: JsonValue): JsonValue {
  const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
  const fits = Number.isInteger(number) && Math.abs(number) <= 2_147_483_647;
  return take(number, fits, 'must be a whole number of at most 2147483647');
}

function encodeNumber(value: JsonValue): JsonValue {
  const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
  return take(number, Number.isFinite(number), 'must be a number');
}

function isDate(value: JsonValue): boolean {
  return typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value));
}

/** Odoo takes whole seconds of UTC; times without a zone are UTC. */
function encodeStamp(value: JsonValue): JsonValue {
  const wanted = 'must be a time, YYYY-MM-DDTHH:MM:SSZ';
  if (typeof value !== 'string' || !STAMP.test(value)) throw new TypeError(wanted);
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`;
  const ms = Date.parse(zoned.replace(' ', 'T'));
  return encodeTime(Number(take(ms, !Number.isNaN(ms), wanted)));
}

function take<T>(value: T, fits: boolean, wanted: string): T {
  if (fits) return value;
  throw new TypeError(wanted);
}
