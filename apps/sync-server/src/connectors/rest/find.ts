import type { JsonValue } from '@datastores/core/schema';
import type { Item, Write } from '../connector.ts';
import { addressOf } from './address.ts';
import { valueAt } from './dot-path.ts';
import { getRecord } from './get-records.ts';
import { itemsOf } from './read-page.ts';
import { isTombstone } from './record.ts';
import type { Service } from './service.ts';
import { readError, verdictOf } from './verdict.ts';

/**
 * Did this write land? A create is looked up by its reference, a delete by the absence of the record, an update by its
 * values. An add leaves no trace: it is answered with null, and its repeat is safe by the idempotency header.
 */
export async function findWrite(service: Service, write: Write): Promise<Item | null> {
  if (write.op === 'create') return findByRef(service, write.ref);
  if (write.op === 'add') return null;
  const item = await getRecord(service, write.key);
  if (write.op === 'delete') return item ? null : { key: write.key, data: {} };
  const landed = item && Object.entries(write.patch).every(([field, value]) => isSame(item.data[field], value));
  return landed ? item : null;
}

/** The record that carries a reference of ours, as a point read sees it. */
export async function findByRef(service: Service, wanted: string): Promise<Item | null> {
  const { list, path, ref } = service.stream;
  if (!ref) return null;
  const address = addressOf(service.options.baseUrl, list.path ?? path, { ...list.query, [ref.param]: wanted });
  const reply = await service.send({ method: 'GET', address });
  if (reply.is !== 'answer' || verdictOf(service.options, reply.status) !== 'ok') {
    throw readError(service.options, reply, service.context);
  }
  // A service that does not know the parameter answers with everything.
  const found = itemsOf(service, reply.body).find(
    (item) => !isTombstone(service.stream, item) && valueAt(item.data as JsonValue, ref.field) === wanted,
  );
  return found ? getRecord(service, found.key) : null;
}

function isSame(current: JsonValue | undefined, wanted: JsonValue): boolean {
  return JSON.stringify(current) === JSON.stringify(wanted);
}
