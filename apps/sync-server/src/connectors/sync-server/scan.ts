import type { Page } from '../connector.ts';
import { readChanges } from './changes.ts';
import { getRecords } from './get-records.ts';
import type { Line } from './line.ts';

/**
 * Every document in the order of ids. The feed has another order, so the ids are read first and sorted, and the documents
 * read by them: memory holds ids alone, however large the datastore is.
 */
export async function* scanRecords(line: Line, after: string | null): AsyncGenerator<Page> {
  const ids: string[] = [];
  for await (const { changes } of readChanges(line, null)) {
    for (const { op, key } of changes) if (op === 'put' && (after === null || key > after)) ids.push(key);
  }
  const sorted = [...new Set(ids)].sort(byCodePoint);
  const { pageSize } = line.options;
  for (let start = 0; start < sorted.length; start += pageSize) {
    const keys = sorted.slice(start, start + pageSize);
    const items = await getRecords(line, keys);
    const changes = keys.flatMap((key) => {
      const item = items.get(key);
      return item === undefined ? [] : [{ op: 'put' as const, ...item }];
    });
    yield { changes, cursor: keys.at(-1) ?? null };
  }
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
