import { type Item, type Page, SystemError } from '../connector.ts';
import { toChange } from './changes.ts';
import { createCircleGuard } from './circle-guard.ts';
import { type Position, readPage } from './read-page.ts';
import { isTombstone } from './record.ts';
import type { Service } from './service.ts';

/**
 * Every record in ascending key order. Services sort keys in their own ways, so the whole list is read and sorted here;
 * resuming reads it again. More than `maxScan` records are refused rather than held.
 */
export async function* scanRecords(service: Service, after: string | null): AsyncGenerator<Page> {
  const items = await readAll(service, after);
  const sorted = [...items.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  for (let at = 0; at < sorted.length; at += PAGE_SIZE) {
    const page = sorted.slice(at, at + PAGE_SIZE);
    yield { changes: page.map((item) => toChange(service.stream, item)), cursor: page.at(-1)?.key ?? null };
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
    if (items.size > service.options.maxScan) {
      const { path } = service.stream;
      throw new SystemError(
        'shape',
        `${path} has more than ${service.options.maxScan} records; raise maxScan if memory allows.`,
      );
    }
    if (page.next === undefined) return items;
    goesOn(page.next);
    at = page.next;
  }
}

const PAGE_SIZE = 200;
