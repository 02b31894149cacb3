import type { JsonValue } from '@datastores/core/schema';
import { quoteColumn } from '../sql/names.ts';
import type { Column } from '../sql/table.ts';
import { BYTES_NAME } from './connection.ts';
import { kindOf } from './kind.ts';

/** SQL that reads a column in a form that loses nothing as text and does not depend on the zone of the session. */
export function readColumn(alias: string, column: Column): string {
  const name = quoteColumn(alias, column);
  switch (kindOf(column)) {
    // A function would make null of what is longer than max_allowed_packet when it is written out.
    case 'bytes':
      return `${name} as "${BYTES_NAME}"`;
    case 'bit':
    case 'boolean':
      return `${name} + 0`;
    // The text of a float has six digits; as a double it has them all.
    case 'float':
      return `${name} + 0e0`;
    // The hour that a zone has twice is told apart by the number only.
    case 'timestamp':
      return `unix_timestamp(${name})`;
    case 'shape':
      return `st_astext(${name})`;
    default:
      return name;
  }
}

/**
 * How the text of {@link readColumn} becomes JSON. Lossless: what a double cannot hold stays text (bigint beyond 2^53,
 * decimal with more than 15 digits), times keep their microseconds, bytes are base64. A zero date is null.
 */
export function decodeValue(text: string | null, column: Column): JsonValue {
  if (text === null) return null;
  switch (kindOf(column)) {
    case 'boolean':
      return text === '0' || text === '1' ? text === '1' : Number(text);
    case 'whole':
    case 'bit':
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 'decimal':
      return text.replace(/^-?0*\.?0*|\./g, '').length <= SAFE_DIGITS ? Number(text) : text;
    case 'float':
      return column.name.startsWith('float') ? shortestFloat(Number(text)) : Number(text);
    case 'date':
      return text.startsWith(ZERO_DATE) ? null : text;
    case 'datetime':
      return text.startsWith(ZERO_DATE) ? null : withoutZeros(text.replace(' ', 'T'));
    case 'timestamp':
      return fromSeconds(text);
    case 'time':
      return withoutZeros(text);
    case 'json':
      return JSON.parse(text) as JsonValue;
    case 'set':
      return text === '' ? [] : text.split(',');
    default:
      return text;
  }
}

/** The beginning of a date that says that there is none. */
export const ZERO_DATE = '0000-00-00';

/** Every decimal of so many digits survives the way through a double. */
const SAFE_DIGITS = 15;

/** The shortest number that a float of four bytes keeps as this one, as it was written. */
function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === Math.fround(value)) return shorter;
  }
  return value;
}

/** Seconds since 1970 with a fraction. No time stamp is 0: that is the zero date. */
function fromSeconds(text: string): JsonValue {
  const [seconds = '0', fraction = ''] = text.split('.');
  if (Number(text) === 0) return null;
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${withoutZeros(fraction ? `${whole}.${fraction}` : whole)}Z`;
}

function withoutZeros(time: string): string {
  return time.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}
