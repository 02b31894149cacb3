import type { JsonValue } from '@datastores/core/schema';

/**
 * A value of Tryton as JSON, without loss: decimals with more than 15 digits stay text, times keep their microseconds and
 * are UTC, bytes are base64, durations are seconds. Throws TypeError for what JSON numbers have already spoilt.
 */
export function decodeValue(value: JsonValue): JsonValue {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new TypeError('is a whole number beyond 2^53, which JSON numbers cannot carry');
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry: JsonValue) => decodeValue(entry));
  const parts = value as Parts;
  const decode = typeof parts.__class__ === 'string' ? CLASSES[parts.__class__] : undefined;
  if (decode) return decode(parts);
  return Object.fromEntries(Object.entries(parts).map(([name, entry]) => [name, decodeValue(entry)]));
}

/** Milliseconds since 1970, with fractions, of a time of Tryton; null for anything else. */
export function stampOf(value: JsonValue | undefined): number | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { year, month, day, hour, minute, second, microsecond } = value as Parts;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return Number.isNaN(ms) ? null : ms + Number(microsecond ?? 0) / 1_000;
}

type Parts = Readonly<Record<string, JsonValue>>;

/** Every decimal of so many digits survives the way through a double. */
const SAFE_DIGITS = 15;

const CLASSES: Readonly<Record<string, (parts: Parts) => JsonValue>> = {
  Decimal: ({ decimal }) => asNumeric(String(decimal)),
  date: (parts) => dateOf(parts),
  datetime: (parts) => `${dateOf(parts)}T${timeOf(parts)}Z`,
  time: (parts) => timeOf(parts),
  timedelta: ({ seconds }) => seconds ?? null,
  bytes: ({ base64 }) => String(base64).replaceAll(/\s/g, ''),
};

function asNumeric(text: string): JsonValue {
  const digits = text.replace(/e.*$/i, '').replace(/^-?0*\.?0*|\./g, '').length;
  const number = Number(text);
  return digits <= SAFE_DIGITS && Number.isFinite(number) ? number : text;
}

function dateOf({ year, month, day }: Parts): string {
  return `${padded(year, 4)}-${padded(month)}-${padded(day)}`;
}

function timeOf({ hour, minute, second, microsecond }: Parts): string {
  const whole = `${padded(hour)}:${padded(minute)}:${padded(second)}`;
  return microsecond ? `${whole}.${padded(microsecond, 6).replace(/0+$/, '')}` : whole;
}

function padded(value: JsonValue | undefined, length = 2): string {
  return String(value ?? 0).padStart(length, '0');
}
