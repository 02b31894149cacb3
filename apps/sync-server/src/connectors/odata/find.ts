import type { JsonValue } from '@datastores/core/schema';
import type { Item, Write } from '../connector.ts';
import { findRecords, getRecord } from './get-records.ts';
import { literalOf } from './literal.ts';
import type { Service } from './service.ts';

/**
 * Did this write land? A create is looked up by its reference, a delete by the absence of the record, an update by its
 * values.
 */
export async function findWrite(service: Service, write: Write): Promise<Item | null> {
  if (write.op === 'create') return findByRef(service, write.ref);
  if (write.op === 'add') return null;
  const item = await getRecord(service, write.key);
  if (write.op === 'delete') return item ? null : { key: write.key, data: {} };
  const landed = item && Object.entries(write.patch).every(([field, value]) => isSame(item.data[field], value));
  return landed ? item : null;
}

/** The record that carries a reference of ours; null without one, or where the stream has no property for it. */
export async function findByRef(service: Service, ref: string): Promise<Item | null> {
  const property = service.stream.ref;
  const literal = literalOf('string', ref);
  if (property === undefined || literal === null) return null;
  const found = await findRecords(service, `${property} eq ${literal}`);
  // A service that compares without regard to case answers with more.
  return found.find((item) => item.data[property] === ref) ?? null;
}

function isSame(current: JsonValue | undefined, wanted: JsonValue): boolean {
  return JSON.stringify(current) === JSON.stringify(wanted);
}
