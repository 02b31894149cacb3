import type { JsonValue } from '@datastores/core/schema';
import type { Item } from '../connector.ts';
import { addressOf, pathOf } from './address.ts';
import { valueAt } from './dot-path.ts';
import type { Reply } from './http-client.ts';
import { itemsOf } from './read-page.ts';
import { isTombstone, toItem } from './record.ts';
import type { Service } from './service.ts';
import { readError, verdictOf } from './verdict.ts';

/** Point reads. Only an answer that says so makes a record absent; anything else that is not the record throws. */
export async function getRecords(service: Service, keys: readonly string[]): Promise<Map<string, Item>> {
  const { get } = service.stream;
  const found = new Map<string, Item>();
  const width = get && 'max' in get ? get.max : AT_ONCE;
  for (let at = 0; at < keys.length; at += width) {
    const some = keys.slice(at, at + width);
    const items =
      get && 'idsParam' in get
        ? await getByList(service, some, get.idsParam)
        : await Promise.all(some.map((key) => getRecord(service, key)));
    for (const item of items) {
      // A service that takes 007 for 7 has no record 007.
      if (item && some.includes(item.key)) found.set(item.key, item);
    }
  }
  return found;
}

/** One record, or null if there is none. */
export async function getRecord(service: Service, key: string): Promise<Item | null> {
  const { get } = service.stream;
  if (get && 'idsParam' in get) {
    return (await getByList(service, [key], get.idsParam)).find((item) => item.key === key) ?? null;
  }
  const path = get && pathOf(get.path, key);
  if (!path) return null;
  const reply = await service.send({ method: 'GET', address: addressOf(service.options.baseUrl, path) });
  const verdict = reply.is === 'answer' ? verdictOf(service.options, reply.status) : null;
  if (verdict === 'missing') return null;
  if (reply.is !== 'answer' || verdict !== 'ok') throw readError(service.options, reply, service.context);
  const item = itemOf(service, reply);
  return isTombstone(service.stream, item) ? null : item;
}

/** The record in an answer to a read or write of one. */
export function itemOf(service: Service, reply: Extract<Reply, { is: 'answer' }>): Item {
  const { itemAt } = service.stream;
  const record: JsonValue | undefined = itemAt === undefined ? reply.body : valueAt(reply.body, itemAt);
  return toItem(service.stream, record, reply.headers);
}

async function getByList(service: Service, keys: readonly string[], param: string): Promise<Item[]> {
  const { list, path } = service.stream;
  // A comma in a key would make two of it, and no key at all asks for the whole list.
  const askable = keys.filter((key) => key !== '' && !key.includes(','));
  if (askable.length === 0) return [];
  const params = { ...list.query, [param]: askable.join(',') };
  const reply = await service.send({
    method: 'GET',
    address: addressOf(service.options.baseUrl, list.path ?? path, params),
  });
  if (reply.is !== 'answer' || verdictOf(service.options, reply.status) !== 'ok') {
    throw readError(service.options, reply, service.context);
  }
  return itemsOf(service, reply.body).filter((item) => !isTombstone(service.stream, item));
}

const AT_ONCE = 4;
