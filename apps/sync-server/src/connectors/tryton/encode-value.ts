import type { JsonValue } from '@datastores/core/schema';
import type { Field } from '../model-rpc/orm.ts';
import { relatedId } from '../model-rpc/record-id.ts';

/** A JSON value as Tryton takes it for a field. Throws TypeError in plain words where the field cannot hold it. */
export function encodeValue(field: Field, value: JsonValue): JsonValue {
  if (value === null) return null;
  const encoded = (ENCODERS[field.type] ?? asText)(value);
  // The database would refuse it without naming the field. Characters, not halves of them, count.
  const fits = field.size === undefined || typeof encoded !== 'string' || [...encoded].length <= field.size;
  return take(encoded, fits, `must have at most ${field.size} characters`);
}

/** A time, milliseconds since 1970, as conditions take it; fractions of a millisecond are cut off. */
export function encodeTime(ms: number): JsonValue {
  return encodeStamp(new Date(Math.floor(ms)).toISOString());
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?$/;
const STAMP = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const ENCODERS: Readonly<Record<string, (value: JsonValue) => JsonValue>> = {
  boolean: (value) => take(value, typeof value === 'boolean', 'must be true or false'),
  integer: encodeInteger,
  biginteger: encodeInteger,
  float: (value) => take(Number(value), isDecimal(value), 'must be a number'),
  numeric: (value) => ({ __class__: 'Decimal', decimal: take(String(value), isDecimal(value), 'must be a number') }),
  date: encodeDate,
  datetime: encodeStamp,
  timestamp: encodeStamp,
  time: encodeTimeOfDay,
  timedelta: (value) => ({
    __class__: 'timedelta',
    seconds: take(value, typeof value === 'number', 'must be seconds'),
  }),
  binary: (value) => ({
    __class__: 'bytes',
    base64: take(value, typeof value === 'string' && BASE64.test(value), 'must be bytes written as base64'),
  }),
  many2one: relatedId,
  one2one: relatedId,
  multiselection: (value) => take(value, Array.isArray(value), 'must be a list'),
  dict: (value) => take(value, typeof value === 'object' && !Array.isArray(value), 'must be an object'),
};

function asText(value: JsonValue): JsonValue {
  return take(String(value), typeof value !== 'object', 'must be text');
}

function encodeInteger(value: JsonValue): JsonValue {
  const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
  return take(number, Number.isSafeInteger(number), 'must be a whole number');
}

function isDecimal(value: JsonValue): boolean {
  return (typeof value === 'number' || typeof value === 'string') && DECIMAL.test(String(value));
}

function encodeDate(value: JsonValue): JsonValue {
  const [, year, month, day] = DATE.exec(String(value)) ?? [];
  if (day === undefined || Number.isNaN(Date.parse(String(value)))) throw new TypeError('must be a date, YYYY-MM-DD');
  return { __class__: 'date', year: Number(year), month: Number(month), day: Number(day) };
}

function encodeTimeOfDay(value: JsonValue): JsonValue {
  return { __class__: 'time', ...timeParts(String(value), 'must be a time, HH:MM:SS') };
}

/** Times without a zone are UTC, as they are in Tryton. Microseconds are kept, so an offset is taken off by hand. */
function encodeStamp(value: JsonValue): JsonValue {
  const [, date, time, zone] = STAMP.exec(String(value)) ?? [];
  const wanted = 'must be a time, YYYY-MM-DDTHH:MM:SSZ';
  if (date === undefined || time === undefined) throw new TypeError(wanted);
  const { microsecond } = timeParts(time, wanted);
  const ms = Date.parse(`${date}T${time.slice(0, 8)}${zone ?? 'Z'}`);
  if (Number.isNaN(ms)) throw new TypeError(wanted);
  const at = new Date(ms);
  return {
    __class__: 'datetime',
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    microsecond,
  };
}

function timeParts(text: string, wanted: string) {
  const [, hour, minute, second = '0', fraction = ''] = TIME.exec(text) ?? [];
  if (minute === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw new TypeError(wanted);
  }
  const microsecond = Number(fraction.padEnd(6, '0'));
  return { hour: Number(hour), minute: Number(minute), second: Number(second), microsecond };
}

function take<T>(value: T, fits: boolean, wanted: string): T {
  if (fits) return value;
  throw new TypeError(wanted);
}
