import type { JsonValue } from '@datastores/core/schema';
import type { OutboxRow, Refusal } from './outbox.ts';

/** A row of the outbox as databases keep it. */
export interface StoredOutboxRow extends Omit<OutboxRow, 'payload' | 'uncertain' | 'refusal'> {
  readonly payload: string | null;
  readonly uncertain: 0 | 1;
  readonly refusal: string | null;
}

/** A row out of what is kept. */
export function outboxRowOf(row: StoredOutboxRow): OutboxRow {
  const payload = row.payload === null ? null : (JSON.parse(row.payload) as JsonValue);
  return { ...row, payload, uncertain: row.uncertain === 1, refusal: refusalOf(row.refusal) };
}

/** A refusal out of what is kept; null: there was none. */
export function refusalOf(stored: string | null): Refusal | null {
  return stored === null ? null : (JSON.parse(stored) as Refusal);
}

/** A refusal as it is kept. */
export function refusalText(refusal: Refusal | null): string | null {
  return refusal === null ? null : JSON.stringify(refusal);
}
