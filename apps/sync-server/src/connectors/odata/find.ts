import type { Item, Write } from '../connector.ts';
import { landed } from '../landed.ts';
import { findRecords, getRecord } from './get-records.ts';
import { literalOf } from './literal.ts';
import type { Service } from './service.ts';

/** Did this write land? See {@link landed}. */
export function findWrite(service: Service, write: Write): Promise<Item | null> {
  return landed(write, {
    byRef: (ref) => findByRef(service, ref),
    byKey: (key) => getRecord(service, key),
  });
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
