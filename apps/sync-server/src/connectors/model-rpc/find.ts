import { isDeepStrictEqual } from 'node:util';
import type { Item, Write } from '../connector.ts';
import { getItems, type Reading, readItems } from './reading.ts';

/**
 * Did this write land? A create is looked up by its reference, a delete by the absence of the record, an update by its
 * values.
 */
export async function findWrite(reading: Reading, write: Write): Promise<Item | null> {
  if (write.op === 'create') return findByRef(reading, write.ref);
  if (write.op === 'add') return null;
  const item = (await getItems(reading, [write.key])).get(write.key) ?? null;
  if (write.op === 'delete') return item ? null : { key: write.key, data: {} };
  const landed =
    item && Object.entries(write.patch).every(([name, value]) => isDeepStrictEqual(item.data[name], value));
  return landed ? item : null;
}

/** The record that a create with this reference made; the oldest, should there be several. */
export async function findByRef(reading: Reading, ref: string): Promise<Item | null> {
  const { orm, shape, context } = reading;
  if (orm.marks) {
    const id = (await orm.marks.find(shape.model, [ref], context)).get(ref);
    return id === undefined ? null : ((await getItems(reading, [String(id)])).get(String(id)) ?? null);
  }
  if (!shape.ref) return null;
  const [item] = await readItems(reading, [[[shape.ref.name, '=', ref]]], 1);
  return item ?? null;
}
