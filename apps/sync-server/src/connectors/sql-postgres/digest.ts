import type { KeyRange } from '../connector.ts';
import type { ChildRanges, DigestSql } from '../sql/dialect.ts';
import { quoteColumn, quoteName, quoteTable } from '../sql/names.ts';
import { seedOf } from '../sql/row-digest.ts';
import type { Query } from '../sql/session.ts';
import type { ChildShape, Shape } from '../sql/shape.ts';
import { BYTE_ORDER, keyText } from './record-key.ts';

/** Digests of ranges, each by one pass over a table. */
export const postgresDigests: DigestSql = {
  sumRecords: (query, shape, ranges) =>
    run(query, { from: recordsOf(shape), ranges, select: 'r.n, count(*), sum(d.hash)::text, 0 from', by: 'r.n' }),
  sumChildren: (query, shape, { child, ranges }) =>
    run(query, {
      from: childrenOf(shape, child),
      ranges,
      select: 'r.n, count(*), sum(d.hash)::text, 0 from',
      by: 'r.n',
    }),
  listRecords: (query, shape, ranges) =>
    run(query, { from: recordsOf(shape), ranges, select: 'd.key, 1, d.hash::text, 0 from', by: null }),
  listChildren: (query, shape, { child, ranges }: ChildRanges) =>
    run(query, {
      from: childrenOf(shape, child),
      ranges,
      select: 'd.key, count(*), sum(d.hash)::text, 0 from',
      by: 'd.key',
    }),
};

/** SQL of the digest of a row of the parent `t`. */
export function recordDigest(shape: Shape): string {
  return hashOf(
    [keyText('t', shape.key), ...shape.columns.map((column) => quoteColumn('t', column))],
    seedOf(shape, ''),
  );
}

/** SQL of the digest of a child row `c`: with what orders it among the others. */
export function childDigest(shape: Shape, child: ChildShape): string {
  const order = child.options.orderBy?.map((column) => `c.${quoteName(column)}`) ?? [];
  const columns = [...child.key, ...child.columns].map((column) => quoteColumn('c', column));
  return hashOf([keyText('c', child.foreignKey, shape.key), ...order, ...columns], seedOf(child, child.field));
}

/** The text of a row of values tells null from empty, and one column from the next. SHA-256 is there whatever is forbidden. */
function hashOf(values: readonly string[], seed: string): string {
  const text = `row('${seed}'::text, ${values.join(', ')})::text`;
  return `('x' || left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 16))::bit(64)::bigint`;
}

function recordsOf(shape: Shape): From {
  return {
    key: keyText('t', shape.key),
    hash: recordDigest(shape),
    table: `${quoteTable(shape.table.name)} t`,
  };
}

function childrenOf(shape: Shape, child: ChildShape): From {
  const key = keyText('c', child.foreignKey, shape.key);
  const equal = child.foreignKey.map(
    (column, at) => `${quoteColumn('c', column)} = ${quoteColumn('t', shape.key[at] ?? column)}`,
  );
  const table = `${quoteTable(child.table.name)} c join ${quoteTable(shape.table.name)} t
    on ${equal.join(' and ')} and ${key} = ${keyText('t', shape.key)}`;
  return { key, hash: childDigest(shape, child), table };
}

/** Rows to digest: the text of the key of their record, and their digest. */
interface From {
  readonly key: string;
  readonly hash: string;
  readonly table: string;
}

interface Statement {
  readonly from: From;
  readonly ranges: readonly KeyRange[];
  readonly select: string;
  readonly by: string | null;
}

/** Rows are put into their ranges by a binary search among the bounds; only those of a range are digested. */
async function run(query: Query, { from, ranges, select, by }: Statement): Promise<unknown[][]> {
  const { bounds, numbers } = boundsOf(ranges);
  const key = `${from.key} ${BYTE_ORDER}`;
  const bucket = bounds.length === 0 ? '0' : `width_bucket(${key}, $1::text[])`;
  return query(
    `select ${select} (
       select ${from.key} as key, ${bucket} as bucket, ${from.hash} as hash from ${from.table}
       where ($3::text is null or ${key} >= $3) and ($4::text is null or ${key} < $4)
         and ${bucket} = any ($2::int[]) and cardinality($1::text[]) >= 0) d
     join unnest($2::int[]) with ordinality as w(bucket, place) on w.bucket = d.bucket
     cross join lateral (select w.place - 1 as n) r
     ${by === null ? '' : `group by ${by}`}`,
    [bounds, numbers, ranges[0]?.from ?? null, ranges.at(-1)?.to ?? null],
  );
}

/** All bounds ascending, and for each range between which of them it lies; 0 is what is before the first. */
function boundsOf(ranges: readonly KeyRange[]) {
  const bounds: string[] = [];
  const numbers = ranges.map(({ from, to }) => {
    if (from !== null && bounds.at(-1) !== from) bounds.push(from);
    const number = bounds.length;
    if (to !== null) bounds.push(to);
    return number;
  });
  return { bounds, numbers };
}
