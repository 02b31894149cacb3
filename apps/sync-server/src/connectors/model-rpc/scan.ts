import { type Page, SystemError } from '../connector.ts';
import type { Domain } from './orm.ts';
import { getItems, type Reading } from './reading.ts';

/**
 * Every record in ascending order of its key as text. Systems sort numbers as numbers, so all keys are read and sorted
 * here, and then the records page by page; resuming reads the keys again. Throws SystemError `shape` above `maxScan`.
 */
export async function* scanRecords(reading: Reading, after: string | null): AsyncGenerator<Page> {
  const keys = (await readKeys(reading)).filter((key) => after === null || key > after).sort(byText);
  const { pageSize } = reading.options;
  for (let at = 0; at < keys.length; at += pageSize) {
    const page = keys.slice(at, at + pageSize);
    const items = await getItems(reading, page);
    const there = page.flatMap((key) => items.get(key) ?? []);
    yield { changes: there.map((item) => ({ op: 'put', ...item })), cursor: page.at(-1) ?? null };
  }
}

async function readKeys({ orm, shape, options, context }: Reading): Promise<string[]> {
  const keys: string[] = [];
  let last: number | undefined;
  for (;;) {
    const behind: Domain = last === undefined ? [] : [['id', '>', last]];
    const domain = orm.allOf([shape.domain, behind]);
    const ids = await orm.search({ model: shape.model, domain, limit: KEYS_AT_ONCE }, context);
    for (const id of ids) keys.push(String(id));
    if (keys.length > options.maxScan) {
      throw new SystemError('shape', `${shape.model} has more than ${options.maxScan} records; raise maxScan.`);
    }
    if (ids.length < KEYS_AT_ONCE) return keys;
    last = ids.at(-1);
  }
}

const KEYS_AT_ONCE = 10_000;

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
