import { type Item, type Page, SystemError } from '../connector.ts';
import { createCircleGuard } from '../rest/circle-guard.ts';
import { toChange } from './changes.ts';
import { type Position, readList, readPage } from './read-page.ts';
import { isTombstone, sentKey } from './record.ts';
import type { Service } from './service.ts';

/**
 * Every record in ascending key order: by pages behind the last key where the stream declares such a list, else the whole
 * list is read and sorted here, because services sort keys in their own ways; resuming reads it again then, and more than
 * `maxScan` records are refused rather than held.
 */
export async function* scanRecords(service: Service, after: string | null): AsyncGenerator<Page> {
  if (service.stream.scan) return yield* scanByKey(service, after);
  const items = await readAll(service, after);
  const sorted = [...items.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  for (let at = 0; at < sorted.length; at += PAGE_SIZE) yield pageOf(service, sorted.slice(at, at + PAGE_SIZE));
}

/** Only an empty page is the last. */
async function* scanByKey(service: Service, after: string | null): AsyncGenerator<Page> {
  const { scan } = service.stream;
  for (let last = after; scan; ) {
    const values = last === null ? {} : { key: sentKey(service.stream, last) };
    const { items } = await readList(service, scan, { kind: 'scan', values });
    if (items.length === 0) return;
    for (const { key } of items) {
      // A record that was left out of a scan would be taken for one that may be deleted.
      if (last !== null && key <= last) {
        const message = `The scan of ${service.name} has ${key} behind ${last}, which is not their order as JavaScript texts; leave scan out.`;
        throw new SystemError('shape', message);
      }
      last = key;
    }
    const living = items.filter((item) => !isTombstone(service.stream, item));
    if (living.length > 0) yield pageOf(service, living);
  }
}

async function readAll(service: Service, after: string | null): Promise<Map<string, Item>> {
  const items = new Map<string, Item>();
  let at: Position = null;
  const goesOn = createCircleGuard();
  for (;;) {
    const page = await readPage(service, at, null);
    for (const item of page.items) {
      if (!isTombstone(service.stream, item) && (after === null || item.key > after)) items.set(item.key, item);
    }
    const { maxScan } = service.options;
    if (items.size > maxScan) {
      throw new SystemError(
        'shape',
        `${service.name} has more than ${maxScan} records; declare scan, or raise maxScan.`,
      );
    }
    if (page.next === undefined) return items;
    goesOn(JSON.stringify(page.next));
    at = page.next;
  }
}

function pageOf({ stream }: Service, items: readonly Item[]): Page {
  return { changes: items.map((item) => toChange(stream, item)), cursor: items.at(-1)?.key ?? null };
}

const PAGE_SIZE = 200;
