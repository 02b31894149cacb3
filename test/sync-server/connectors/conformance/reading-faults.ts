import { type Change, type Item, type Page, type Stream, SystemError } from '@datastores/sync-server/connector';
import { recordDigest } from '../../../support/record-digests.ts';
import type { inPages as InPages, inStream as InStream } from './faults.ts';
import type { Fault } from './memory-place.ts';

const PAGE_SIZES = [1, 2, 3, 7, 100];

/** The ways to make a stream wrong. */
interface Ways {
  readonly inStream: typeof InStream;
  readonly inPages: typeof InPages;
}

/** Wrong connectors for what is read, by the name of the check. */
export function readingFaults({ inStream, inPages }: Ways): Readonly<Record<string, Fault>> {
  const withoutLast = (page: Page): Page => ({ ...page, changes: page.changes.slice(0, -1) });
  const only = (page: Page, keep: (change: Change) => boolean): Page => ({
    ...page,
    changes: page.changes.filter(keep),
  });
  return {
    'claims the traits that are checked here': inStream((right) => ({ traits: { ...right.traits, guarded: false } })),
    'has the methods that its traits need, and no other': inStream(() => ({
      find: undefined as unknown as NonNullable<Stream['find']>,
    })),
    'get answers with the records that exist and with no other': inStream((right) => ({
      get: async (keys, context) => {
        const found = new Map(await right.get(keys, context));
        for (const key of keys) if (!found.has(key)) found.set(key, { key, data: {} });
        return found;
      },
    })),
    'get takes many keys at once, some of them twice': inStream((right) => ({
      get: (keys, context) => right.get(keys.slice(0, 100), context),
    })),
    'get of no keys answers with no records': inStream((right, { system }) => ({
      get: (keys, context) => right.get(keys.length === 0 ? [...system.records.keys()] : keys, context),
    })),
    'keys with odd characters name one record each': inStream((right, { system }) => ({
      get: async (keys, context) => {
        const folded = keys.map((key) => [...system.records.keys()].find((one) => one.toLowerCase() === key) ?? key);
        const found = await right.get(folded, context);
        return new Map(keys.flatMap((key) => [...found].filter(([one]) => one === key || one.toLowerCase() === key)));
      },
    })),
    ...Object.fromEntries(
      PAGE_SIZES.flatMap((size) => [
        [`changes bring every record when all share one stamp, in pages of ${size}`, inPages('changes', withoutLast)],
        [
          `changes go on from the cursor of each page, in pages of ${size}`,
          inPages('changes', (page) => ({ ...page, cursor: Number(page.cursor) + 2 })),
        ],
      ]),
    ),
    'changes bring what is committed between two pages': inStream((right, { system }) => ({
      async *changes(cursor, context) {
        // The cursor behind everything that there is when the last page has been read.
        for await (const page of right.changes?.(cursor, context) ?? []) {
          yield only(page, ({ key }) => key.length < 2 && Number(key) < 7);
        }
        yield { changes: [], cursor: system.log.length };
      },
    })),
    'a transaction that commits late is not skipped': inPages('changes', (page) =>
      only(page, ({ key }) => key !== 'late'),
    ),
    'changes of a quiet system are none': inStream((right) => ({
      changes: (cursor, context) =>
        right.changes?.(typeof cursor === 'number' && cursor > 3 ? cursor - 1 : cursor, context) ?? none(),
    })),
    'cursors are JSON and come back from the store as they were': inPages('changes', (page) => ({
      ...page,
      cursor: new Date(0) as unknown as string,
    })),
    'a cursor of one connector is taken by another on the same system': (right, at) => {
      const positions: number[] = [];
      const items: Stream = {
        ...at.stream,
        async *changes(cursor, context) {
          const position = typeof cursor === 'number' ? (positions[cursor] ?? 1e9) : cursor;
          for await (const page of at.stream.changes?.(position, context) ?? []) {
            yield { ...page, cursor: positions.push(Number(page.cursor)) - 1 };
          }
        },
      };
      return { ...right, streams: { items } };
    },
    'a cursor that is not its own is lost': inStream((right) => ({
      changes: (cursor, context) => right.changes?.(typeof cursor === 'number' ? cursor : null, context) ?? none(),
    })),
    'deletions come with the changes': inPages('changes', (page) => only(page, ({ op }) => op === 'put')),
    'changes show no deletions': inStream((right) => ({
      async *changes(cursor, context) {
        yield { changes: [{ op: 'delete', key: 'x' }], cursor: 0 };
        yield* right.changes?.(cursor, context) ?? none();
      },
    })),
    'a record that was deleted over there is neither read nor scanned': inStream((right) => ({
      get: async (keys, context) => {
        const found = await right.get(keys, context);
        return new Map(keys.map((key) => [key, found.get(key) ?? { key, data: { deleted: true } }]));
      },
    })),
    ...Object.fromEntries(
      [1, 4, 100].map((size) => [
        `a scan is complete, in ascending key order, and goes on after any key, in pages of ${size}`,
        inStream((_right, { system }) => ({
          // In the order of the numbers that keys are, not of texts.
          async *scan(after) {
            const keys = [...system.records.keys()].filter((key) => Number(key) > Number(after ?? 0));
            const sorted = keys.sort((a, b) => Number(a) - Number(b));
            yield { changes: sorted.flatMap((key) => system.change(key) ?? []), cursor: null };
          },
        })),
      ]),
    ),
    'a scan goes on after a key that was deleted meanwhile': inStream((_right, { system }) => ({
      async *scan(after) {
        const keys = [...system.records.keys()].sort();
        const rest = after === null ? keys : keys.slice(keys.indexOf(after) + 1);
        yield { changes: rest.flatMap((key) => system.change(key) ?? []), cursor: null };
      },
    })),
    'a range is digested as the sum of its records, from its first key on and without its last': inStream((right) => ({
      // The last key is in both ranges that it ends and begins.
      digest: async ({ ranges, list }, context) =>
        (await right.digest?.(
          { ranges: ranges.map(({ from, to }) => ({ from, to: to && `${to}\u0000` })), list },
          context,
        )) ?? [],
    })),
    'an empty stream is digested as nothing': inStream((right) => ({
      digest: async (request, context) =>
        ((await right.digest?.(request, context)) ?? []).map((one) =>
          one.count === 0 ? { ...one, digest: null } : one,
        ),
    })),
    'the records of small ranges are listed with the digests they are read with': inStream((right) => ({
      digest: async (request, context) => (await right.digest?.({ ...request, list: 100 }, context)) ?? [],
    })),
    'a record that changed, came or went is seen in its range and in no other': inStream((right) => ({
      // One digest for all.
      digest: async ({ ranges, list }, context) => {
        const [all] = (await right.digest?.({ ranges: [{ from: null, to: null }], list: 0 }, context)) ?? [];
        const each = (await right.digest?.({ ranges, list }, context)) ?? [];
        return each.map((one) => ({ ...one, digest: all?.digest ?? null }));
      },
    })),
    'the same record has the same digest, however it is read, and another state has another': inStream((right) => ({
      get: async (keys, context) => {
        const found = await right.get(keys, context);
        const folded = (item: Item) => (item.data.name === null ? { ...item.data, name: '' } : item.data);
        return new Map([...found].map(([key, item]) => [key, { ...item, digest: recordDigest(key, folded(item)) }]));
      },
    })),
    'keys with odd characters are each in their own range': inStream((right) => ({
      digest: async ({ ranges, list }, context) => {
        const lower = (key: string | null) => key?.toLowerCase() ?? null;
        const folded = ranges.map(({ from, to }) => ({ from: lower(from), to: lower(to) }));
        return (await right.digest?.({ ranges: folded, list }, context)) ?? [];
      },
    })),
    'a scan reads records as get does': inPages('scan', (page) => ({
      ...page,
      changes: page.changes.map((change) =>
        change.op === 'put' ? { ...change, data: { ...change.data, x: 1 } } : change,
      ),
    })),
  };
}

async function* none(): AsyncGenerator<Page> {
  yield await Promise.reject(new SystemError('shape', 'no changes'));
}
