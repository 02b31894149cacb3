import type { JsonValue } from '@datastores/core/schema';
import type { Item, Write } from './connector.ts';

/** How a system is asked for what a write has made. */
export interface Sought {
  /** The record that carries a reference of ours. */
  readonly byRef: (ref: string) => Promise<Item | null>;
  /** The record of a key. */
  readonly byKey: (key: string) => Promise<Item | null>;
}

/**
 * Did this write land? A create is looked up by its reference, a delete by the absence of the record, an update by its
 * values. An add leaves no trace: it is answered with null, and its repeat must be safe by the write id.
 */
export async function landed(write: Write, { byRef, byKey }: Sought): Promise<Item | null> {
  if (write.op === 'create') return byRef(write.ref);
  if (write.op === 'add') return null;
  const item = await byKey(write.key);
  if (write.op === 'delete') return item ? null : { key: write.key, data: {} };
  const isThere = item && Object.entries(write.patch).every(([field, value]) => isSame(item.data[field], value));
  return isThere ? item : null;
}

function isSame(current: JsonValue | undefined, wanted: JsonValue): boolean {
  return JSON.stringify(current) === JSON.stringify(wanted);
}
