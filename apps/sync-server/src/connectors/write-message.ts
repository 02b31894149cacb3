import type { Item, Write } from './connector.ts';

/** What a write is as a message: the key of its record, the text, and what the text says of the record. */
export interface WriteMessage {
  readonly key: string;
  readonly text: string;
  readonly item: Item;
}

/**
 * Puts a write into a message: `{ id, op, key }` with `data` (create), `patch` (update), `amounts` and `patch` (add). The
 * key of a record that is created is the reference that was minted for it here.
 */
export function writeMessage(write: Write): WriteMessage {
  if (write.op === 'create') {
    const { id, op, ref: key, data } = write;
    return { key, text: JSON.stringify({ id, op, key, data }), item: { key, data } };
  }
  const { ifVersion: _ifVersion, ...message } = write;
  const data = write.op === 'delete' ? {} : (write.patch ?? {});
  return { key: write.key, text: JSON.stringify(message), item: { key: write.key, data } };
}
