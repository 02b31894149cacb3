import { type Item, type Page, SystemError } from '../connector.ts';
import { createCircleGuard } from '../rest/circle-guard.ts';
import { readCollection, readLinked } from './collection.ts';
import { isTombstone, toItem } from './record.ts';
import { boundsOf, isBehind } from './record-key.ts';
import { addressOf, allOf, type Service } from './service.ts';

/**
 * Every record in ascending order of key texts. Services sort keys in their own ways, so the set is read and sorted here,
 * at most `maxScan` records; resuming reads it again. With scan `ordinal` it is taken in the order of the service,
 * and refused if that is another.
 */
export async function* scanRecords(service: Service, after: string | null): AsyncGenerator<Page> {
  if (service.stream.scan === 'ordinal') {
    yield* scanInOrder(service, after);
    return;
  }
  const sorted = [...(await readAll(service, after)).values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const { pageSize } = service.stream;
  for (let at = 0; at < sorted.length; at += pageSize) yield pageOf(sorted.slice(at, at + pageSize));
}

async function* scanInOrder(service: Service, after: string | null): AsyncGenerator<Page> {
  const { stream } = service;
  // No record can have such a key, so the service cannot say what is behind it.
  const start = after !== null && boundsOf(stream, after) ? after : null;
  let last = start;
  for await (const items of readByKey(service, start)) {
    for (const { key } of items) {
      if (last !== null && key <= last) {
        throw new SystemError('shape', `${stream.set} sorts ${key} behind ${last}; declare scan as keyset or links.`);
      }
      last = key;
    }
    const living = items.filter((item) => !isTombstone(stream, item) && (after === null || item.key > after));
    if (living.length > 0) yield pageOf(living);
  }
}

async function readAll(service: Service, after: string | null): Promise<Map<string, Item>> {
  const { stream, options } = service;
  const items = new Map<string, Item>();
  const pages = stream.scan === 'links' ? readByLinks(service) : readByKey(service, null);
  for await (const page of pages) {
    for (const item of page) {
      if (!isTombstone(stream, item) && (after === null || item.key > after)) items.set(item.key, item);
    }
    if (items.size > options.maxScan) {
      const remedy =
        'Raise maxScan if memory allows, or declare scan as ordinal if the service sorts keys by code points.';
      throw new SystemError('shape', `${stream.set} has more than ${options.maxScan} records. ${remedy}`);
    }
  }
  return items;
}

/** Goes on behind the last key instead of along next links: those may count, and skip what moves up. */
async function* readByKey(service: Service, after: string | null): AsyncGenerator<Item[]> {
  const { stream } = service;
  const goesOn = createCircleGuard();
  for (let last = after; ; ) {
    const bounds = last === null ? null : boundsOf(stream, last);
    const condition = bounds ? isBehind(bounds) : undefined;
    const $orderby = stream.key.map(({ name }) => name).join(',');
    const address = addressOf(service, { $filter: allOf(stream.filter, condition), $orderby, $top: stream.pageSize });
    const { records } = await readCollection(service, address);
    const items = records.map((record) => toItem(stream, record));
    const end = items.at(-1);
    if (!end) return;
    goesOn(end.key);
    yield items;
    last = end.key;
  }
}

async function* readByLinks(service: Service): AsyncGenerator<Item[]> {
  const { stream } = service;
  const prefer = `odata.maxpagesize=${stream.pageSize}`;
  for await (const { records } of readLinked(service, addressOf(service, { $filter: stream.filter }), { prefer })) {
    yield records.map((record) => toItem(stream, record));
  }
}

function pageOf(items: readonly Item[]): Page {
  return { changes: items.map((item) => ({ op: 'put', ...item })), cursor: items.at(-1)?.key ?? null };
}
