import { createContext } from '@datastores/sync-server/conformance';
import type { Item, KeyRange, Stream } from '@datastores/sync-server/connector';

const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** All records, by ascending code point of their keys. */
export async function itemsOf(stream: Stream): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const { changes } of stream.scan?.(null, createContext()) ?? []) {
    items.push(...changes.flatMap((change) => (change.op === 'put' ? [change] : [])));
  }
  return items.sort((a, b) => byCodePoint(a.key, b.key));
}

/** A range for each record; the first and the last are open. */
export function rangesOf(items: readonly Item[]): readonly KeyRange[] {
  return items.map(({ key }, at) => ({ from: at === 0 ? null : key, to: items[at + 1]?.key ?? null }));
}

/** What the system says of ranges: count, digest and, of those with one record, its key. */
export async function digestsOf(stream: Stream, ranges: readonly KeyRange[]): Promise<readonly string[]> {
  const answers = (await stream.digest?.({ ranges, list: 1 }, createContext())) ?? [];
  return answers.map(({ count, digest, records }) => `${count} ${digest} ${records?.map(({ key }) => key).join()}`);
}

/** The same of records as they were read. */
export function saidOf(items: readonly Item[]): readonly string[] {
  return items.map(({ key, digest }) => `1 ${digest} ${key}`);
}
