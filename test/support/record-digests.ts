import { createHash } from 'node:crypto';
import { canonicalJson } from '@datastores/core/schema';
import type { ExternalRecord, KeyRange, RangeDigest } from '@datastores/sync-server/connector';

/** The digest of a record. */
export function recordDigest(key: string, data: ExternalRecord): string {
  return createHash('sha256')
    .update(canonicalJson([key, data]))
    .digest('hex')
    .slice(0, 16);
}

/** Counts, sums and lists of ranges of keys. */
export function digestRanges(
  records: ReadonlyMap<string, { readonly data: ExternalRecord }>,
  ranges: readonly KeyRange[],
  list: number,
): RangeDigest[] {
  const all = [...records].map(([key, { data }]) => ({ key, digest: recordDigest(key, data) }));
  all.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  return ranges.map(({ from, to }) => {
    const inside = all.filter(
      ({ key }) =>
        (from === null || Buffer.compare(Buffer.from(key), Buffer.from(from)) >= 0) &&
        (to === null || Buffer.compare(Buffer.from(key), Buffer.from(to)) < 0),
    );
    const sum = inside.reduce((total, { digest }) => BigInt.asUintN(64, total + BigInt(`0x${digest}`)), 0n);
    const listed = list > 0 && inside.length <= list ? { records: inside } : {};
    return { count: inside.length, digest: sum.toString(16).padStart(16, '0'), ...listed };
  });
}
