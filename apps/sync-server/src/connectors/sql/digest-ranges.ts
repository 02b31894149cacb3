import type { DigestRequest, KeyRange, RangeDigest } from '../connector.ts';
import { addDigest, type Digest, digestText, NO_RECORDS } from './row-digest.ts';
import { type Reading, readOnly } from './scan.ts';
import type { Query } from './session.ts';
import type { Shape } from './shape.ts';

/**
 * Counts and sums of the records in ranges of keys, all from one snapshot. The rows of a record, its own and those of its
 * children, are digested one by one and added: so each table is read once, whatever the number of ranges.
 */
export async function digestRanges<S extends Shape>(
  reading: Reading<S>,
  { ranges, list }: DigestRequest,
): Promise<RangeDigest[]> {
  if (ranges.length === 0) return [];
  const shape = await reading.shape();
  return readOnly(reading, async (query) => {
    const at = { reading, shape, query };
    const sums = await sumRanges(at, ranges);
    const small = ranges.filter((_, index) => list > 0 && (sums[index]?.count ?? 0) <= list);
    const listed = small.length === 0 ? [] : await listRanges(at, small);
    return ranges.map((range, index): RangeDigest => {
      const { count, digest } = sums[index] ?? { count: 0, digest: NO_RECORDS };
      const records = listed[small.indexOf(range)];
      return { count, digest: digestText(digest), ...(records && { records }) };
    });
  });
}

interface Place<S extends Shape> {
  readonly reading: Reading<S>;
  readonly shape: S;
  readonly query: Query;
}

interface Sum {
  count: number;
  digest: Digest;
}

async function sumRanges<S extends Shape>({ reading, shape, query }: Place<S>, ranges: readonly KeyRange[]) {
  const { digests } = reading.dialect;
  const sums = ranges.map((): Sum => ({ count: 0, digest: NO_RECORDS }));
  const add = (rows: readonly unknown[][], isRecord: boolean) => {
    for (const [index, count, sum, without] of rows) {
      const of = sums[Number(index)];
      if (!of) continue;
      if (isRecord) of.count = Number(count);
      of.digest = addDigest(of.digest, sum, without);
    }
  };
  add(await digests.sumRecords(query, shape, ranges), true);
  for (const child of shape.children) add(await digests.sumChildren(query, shape, { child, ranges }), false);
  return sums;
}

async function listRanges<S extends Shape>({ reading, shape, query }: Place<S>, ranges: readonly KeyRange[]) {
  const { digests } = reading.dialect;
  const records = new Map<string, Digest>();
  for (const [key, , sum, without] of await digests.listRecords(query, shape, ranges)) {
    records.set(String(key), addDigest(NO_RECORDS, sum, without));
  }
  for (const child of shape.children) {
    for (const [key, , sum, without] of await digests.listChildren(query, shape, { child, ranges })) {
      const before = records.get(String(key));
      if (before !== undefined) records.set(String(key), addDigest(before, sum, without));
    }
  }
  const listed = [...records]
    .map(([key, digest]) => ({ key, bytes: Buffer.from(key), digest: digestText(digest) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return ranges.map(({ from, to }) => {
    const [first, end] = [from, to].map((bound) => (bound === null ? null : Buffer.from(bound)));
    const isIn = (bytes: Buffer) =>
      (!first || Buffer.compare(bytes, first) >= 0) && (!end || Buffer.compare(bytes, end) < 0);
    return listed.filter(({ bytes }) => isIn(bytes)).map(({ key, digest }) => ({ key, digest }));
  });
}
