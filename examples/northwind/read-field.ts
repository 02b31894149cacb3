import type { JsonValue } from '@datastores/core/schema';
import type { ExternalRecord } from '@datastores/sync-server';

/** A text column; null where it is empty. */
export function textOf(record: ExternalRecord, column: string): string | null {
  const value = record[column];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A number column; null where it is empty. */
export function numberOf(record: ExternalRecord, column: string): number | null {
  const value = record[column];
  return typeof value === 'number' ? value : null;
}

/** A key column as the text by which the connector names the record. */
export function keyOf(record: ExternalRecord, column: string): string {
  return String(record[column]);
}

/** A date column as the start of that day. */
export function dayOf(record: ExternalRecord, column: string): string | null {
  const day = textOf(record, column);
  return day === null ? null : `${day}T00:00:00.000Z`;
}

/** An amount of a `real` column in cents; the column holds 9.80000019 where 9.80 is meant. */
export function centsOf(record: ExternalRecord, column: string): number | null {
  const amount = numberOf(record, column);
  return amount === null ? null : Math.round(amount * 100);
}

/** Cents as the amount of a column. */
export function toAmount(cents: JsonValue | undefined): JsonValue {
  return typeof cents === 'number' ? cents / 100 : null;
}

/** A time as the date of a column. */
export function toDay(time: JsonValue | undefined): JsonValue {
  return typeof time === 'string' ? time.slice(0, 10) : null;
}

/** An object without its empty fields: no value over there is an absent field here. */
export function withoutEmpty(fields: Readonly<Record<string, JsonValue>>): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
