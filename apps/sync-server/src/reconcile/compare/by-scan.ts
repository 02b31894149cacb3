import type { KeyRange, Page } from '../../connectors/connector.ts';
import { checkPage } from '../pull.ts';
import { lastOfEach, type ReadItem, readChange } from '../read-item.ts';
import { scanCursor } from '../scan-state.ts';
import { comparePage } from './compare-page.ts';
import { findUnlisted } from './find-unlisted.ts';
import { isBefore } from './key-order.ts';
import { bytesOf } from './record-bytes.ts';
import { keep, moved, type Run } from './run.ts';

/** Reads every record in the order of keys and compares it. A run that repairs looks for unseen links afterwards. */
export async function compareByScan(run: Run): Promise<void> {
  let low = run.state.after;
  const readAt = run.reach.clock.now();
  for await (const page of pagesOf(run, low)) {
    const read = recordsOf(run, page);
    const keys = keysOf(read);
    const high = keys.reduce<string | null>((last, key) => (last === null || isBefore(last, key) ? key : last), low);
    if (!run.repairs) await findUnlisted(run, { after: low, upTo: high, listed: new Set(keys) });
    if (run.brake !== null) return;
    const after = read.findLast(({ is }) => is === 'item');
    const next = after?.is === 'item' ? after.item.key : run.state.after;
    await comparePage(run, read, {
      readAt,
      cursor: () => ({ kind: run.kind, cursor: scanCursor(moved(run, { after: next })) }),
    });
    if (!run.repairs) await keep(run, { after: next });
    low = high;
    await run.between();
  }
  if (!run.repairs) await findUnlisted(run, { after: low, upTo: null, listed: new Set() });
}

/** Reads the records of a range and compares them, and looks for its links that were not listed. */
export async function compareRange(run: Run, { from, to }: KeyRange): Promise<void> {
  const readAt = run.reach.clock.now();
  let low = from;
  for await (const page of pagesOf(run, from)) {
    const read = recordsOf(run, page);
    const inside = read.filter((one) => to === null || isBefore(keyOf(one), to));
    const keys = keysOf(inside);
    const high = keys.reduce<string | null>((last, key) => (last === null || isBefore(last, key) ? key : last), low);
    await findUnlisted(run, { after: low, upTo: high, listed: new Set(keys) });
    await comparePage(run, inside, { readAt });
    low = high;
    await run.between();
    if (run.brake !== null || (read.length > 0 && inside.length < read.length)) break;
  }
  if (run.brake === null) await findUnlisted(run, { after: low, before: to, upTo: null, listed: new Set() });
}

function pagesOf(run: Run, after: string | null): AsyncIterable<Page> {
  const { stream, reach } = run;
  return reach.calls.pages((context) => stream.stream.scan?.(after, context) ?? none());
}

function recordsOf(run: Run, page: Page): readonly ReadItem[] {
  const read = lastOfEach(checkPage(page).changes.map(readChange));
  run.tally.spend({ calls: 1, records: read.length, bytes: bytesOf(read) });
  return read;
}

function keysOf(read: readonly ReadItem[]): readonly string[] {
  return read.map(keyOf);
}

function keyOf(one: ReadItem): string {
  return one.is === 'item' ? one.item.key : one.key;
}

async function* none(): AsyncIterable<Page> {}
