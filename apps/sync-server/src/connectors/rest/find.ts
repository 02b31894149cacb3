import type { JsonValue } from '@datastores/core/schema';
import type { Item, Write } from '../connector.ts';
import { landed } from '../landed.ts';
import { addressOf } from './address.ts';
import { valueAt } from './dot-path.ts';
import { getRecord } from './get-records.ts';
import { itemsOf } from './read-page.ts';
import { isTombstone } from './record.ts';
import type { Service } from './service.ts';
import { readError, verdictOf } from './verdict.ts';

/** Did this write land? See {@link landed}. */
export function findWrite(service: Service, write: Write): Promise<Item | null> {
  return landed(write, {
    byRef: (ref) => findByRef(service, ref),
    byKey: (key) => getRecord(service, key),
  });
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
