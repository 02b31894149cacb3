import type { JsonValue } from '@datastores/core/schema';
import type { ColumnType } from '../sql/table.ts';
import { kindOf, membersOf } from './kind.ts';
import { BASE64 } from './record-key.ts';

/**
 * The form in which a JSON value is sent for a column. Throws TypeError in plain words for what the column cannot take,
 * and for what MySQL would bend without a word: fractions of whole numbers, blanks cut off, numbers as places in an enum.
 */
export function encodeValue(value: JsonValue, type: ColumnType): unknown {
  if (value === null) return type.blank ?? null;
  const kind = kindOf(type);
  if (kind === 'json') return JSON.stringify(value);
  if (kind === 'set') return encodeSet(value, type);
  if (typeof value === 'object')
    throw new TypeError(`is ${Array.isArray(value) ? 'a list' : 'an object'}, but ${type.name} is wanted`);
  switch (kind) {
    case 'boolean':
    case 'bit':
      if (typeof value === 'boolean') return Number(value);
      return whole(value, type);
    case 'whole':
      return whole(value, type);
    case 'decimal':
    case 'float':
      return decimal(value, type);
    case 'date':
      return matching(value, DATE, `a date as YYYY-MM-DD (${type.name})`);
    case 'datetime':
      return matching(value, LOCAL_TIME, `a time as YYYY-MM-DDThh:mm:ss without a zone (${type.name})`).replace(
        'T',
        ' ',
      );
    case 'timestamp':
      return instant(value, type);
    case 'time':
      return matching(value, TIME, `a time as hh:mm:ss (${type.name})`);
    case 'bytes':
      return Buffer.from(matching(value, BASE64, 'bytes written as base64'), 'base64');
    case 'enum':
      return member(value, type);
    case 'shape':
      throw new TypeError(`is of type ${type.name}, which is read only`);
    default:
      return text(value, type);
  }
}

function whole(value: string | number | boolean, type: ColumnType): bigint {
  const isWhole = typeof value === 'number' ? Number.isSafeInteger(value) : /^-?\d{1,20}$/.test(String(value));
  if (isWhole) return BigInt(value);
  throw new TypeError(`must be a whole number (${type.name}), not ${JSON.stringify(value)}`);
}

/** As it stands: between quotes it would be computed with as a double. */
function decimal(value: string | number | boolean, type: ColumnType): Verbatim {
  const digits = String(value);
  if (typeof value === 'boolean' || !/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(digits)) {
    throw new TypeError(`must be a number (${type.name}), not ${JSON.stringify(value)}`);
  }
  return verbatim(digits);
}

function matching(value: string | number | boolean, pattern: RegExp, wanted: string): string {
  if (typeof value === 'string' && pattern.test(value) && !value.startsWith('0000-')) return value;
  throw new TypeError(`must be ${wanted}, not ${JSON.stringify(value)}`);
}

/** In seconds since 1970, whatever the zone of the session. */
function instant(value: string | number | boolean, type: ColumnType): Verbatim {
  const given = matching(value, INSTANT, `a time as YYYY-MM-DDThh:mm:ssZ (${type.name})`);
  const [, base = '', fraction = '', zone = 'Z'] = INSTANT.exec(given) ?? [];
  const local = base.replace(' ', 'T');
  const [at, day] = [Date.parse(`${local}${zone}`) / 1_000, Date.parse(`${local}Z`)];
  if (Number.isNaN(at) || Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== base.slice(0, 10)) {
    throw new TypeError(`is no time: ${JSON.stringify(value)}`);
  }
  // MySQL would make null of it.
  if (at < 1 || at > LAST_SECOND) throw new TypeError(`is beyond what ${type.name} holds, 1970 to January 2038`);
  return verbatim(`from_unixtime(${at}${fraction})`);
}

/** SQL that is sent as it stands. */
interface Verbatim {
  toSqlString(): string;
  toString(): string;
}

function verbatim(sql: string): Verbatim {
  return { toSqlString: () => sql, toString: () => sql };
}

function text(value: string | number | boolean, type: ColumnType): string {
  const sent = String(value);
  const length = [...sent].length;
  if (type.maxLength === null || length <= type.maxLength) return sent;
  throw new TypeError(`has ${length} characters; ${type.name} holds ${type.maxLength}`);
}

function member(value: JsonValue, type: ColumnType): string {
  const known = membersOf(type);
  if (typeof value === 'string' && known.some((one) => isSame(one, value))) return value;
  throw new TypeError(`must be one of ${known.join(', ')}, not ${JSON.stringify(value)}`);
}

function encodeSet(value: JsonValue, type: ColumnType): string {
  if (!Array.isArray(value)) throw new TypeError(`must be a list of some of ${membersOf(type).join(', ')}`);
  return value.map((one: JsonValue) => member(one, type)).join(',');
}

/** As most collations have it; what the column has else to say, the database will. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

const LAST_SECOND = 2 ** 31 - 1;
const DATE = /^\d{4}-(?!00)\d\d-(?!00)\d\d$/;
const LOCAL_TIME = /^\d{4}-(?!00)\d\d-(?!00)\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?$/;
const INSTANT = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?$/;
const TIME = /^-?\d{1,3}:\d\d(?::\d\d(?:\.\d{1,6})?)?$/;
