import type { KeyRange } from '../connector.ts';
import type { DigestSql } from '../sql/dialect.ts';
import { quoteColumn, quoteTable } from '../sql/names.ts';
import { seedOf } from '../sql/row-digest.ts';
import type { Query } from '../sql/session.ts';
import type { Column } from '../sql/table.ts';
import { kindOf } from './kind.ts';
import { asBytes, columnText, keyText } from './record-key.ts';
import { isAlive, type MysqlShape } from './shape.ts';

type MysqlChild = MysqlShape['children'][number];

const SUMS = 'cast(sum(d.hash) as char), sum(d.hash is null)';

/** Digests of ranges, each by one pass over a table. */
export const mysqlDigests: DigestSql<MysqlShape> = {
  sumRecords: (query, shape, ranges) =>
    run(query, { from: recordsOf(shape), ranges, select: `d.n, count(*), ${SUMS}`, by: 'd.n' }),
  sumChildren: (query, shape, { child, ranges }) =>
    run(query, { from: childrenOf(shape, child), ranges, select: `d.n, count(*), ${SUMS}`, by: 'd.n' }),
  listRecords: (query, shape, ranges) =>
    run(query, { from: recordsOf(shape), ranges, select: 'd.name, 1, cast(d.hash as char), d.hash is null', by: null }),
  listChildren: (query, shape, { child, ranges }) =>
    run(query, { from: childrenOf(shape, child), ranges, select: `d.name, count(*), ${SUMS}`, by: 'd.name' }),
};

/** SQL of the digest of a row of the parent `t`; null for one that is longer than a text may be. */
export function recordDigest(shape: MysqlShape): string {
  return hashOf([keyText('t', shape.key), ...shape.columns.map((column) => valueText('t', column))], seedOf(shape, ''));
}

/** SQL of the digest of a child row `c` of a parent `t`: with what orders it among the others. */
export function childDigest(shape: MysqlShape, child: MysqlChild): string {
  const order = child.options.orderBy?.flatMap((name) => child.table.columns.get(name) ?? []) ?? [];
  const columns = [...order, ...child.key, ...child.columns].map((column) => valueText('c', column));
  return hashOf([keyText('t', shape.key), ...columns], seedOf(child, child.field));
}

/** Quoted, a text is told from null and from what is beside it. */
function hashOf(texts: readonly string[], seed: string): string {
  const text = `concat('${seed}', ${texts.map((one) => `',', quote(${one})`).join(', ')})`;
  return `cast(conv(left(sha2(${text}, 256), 16), 16, 10) as unsigned)`;
}

/** SQL for the text of a value, which loses nothing that is read of it. */
function valueText(alias: string, column: Column): string {
  const name = quoteColumn(alias, column);
  switch (kindOf(column)) {
    case 'bytes':
      return `hex(${name})`;
    case 'float':
      return `${name} + 0e0`;
    case 'timestamp':
      return `unix_timestamp(${name})`;
    case 'shape':
      return `st_astext(${name})`;
    case 'json':
      return `cast(${name} as char character set utf8mb4)`;
    default:
      return columnText(alias, column);
  }
}

function recordsOf(shape: MysqlShape): From {
  return {
    key: keyText('t', shape.key),
    hash: recordDigest(shape),
    table: `${quoteTable(shape.table.name)} t`,
    alive: isAlive('t', shape),
  };
}

function childrenOf(shape: MysqlShape, child: MysqlChild): From {
  const equal = child.foreignKey.map(
    (column, at) => `${quoteColumn('c', column)} = ${quoteColumn('t', shape.key[at] as Column)}`,
  );
  const table = `${quoteTable(shape.table.name)} t join ${quoteTable(child.table.name)} c on ${equal.join(' and ')}`;
  return { key: keyText('t', shape.key), hash: childDigest(shape, child), table, alive: isAlive('t', shape) };
}

/** Rows to digest: the text of the key of their record, and their digest. */
interface From {
  readonly key: string;
  readonly hash: string;
  readonly table: string;
  readonly alive: string | null;
}

interface Statement {
  readonly from: From;
  readonly ranges: readonly KeyRange[];
  readonly select: string;
  readonly by: string | null;
}

async function run(query: Query, { from, ranges, select, by }: Statement): Promise<unknown[][]> {
  const values: unknown[] = [];
  const bind = (key: string) => asBytes(`$${values.push(key)}`);
  const key = asBytes(from.key);
  const [first, end] = [ranges[0]?.from ?? null, ranges.at(-1)?.to ?? null];
  const number = placeOf(key, { ranges, bind, from: 0, to: ranges.length });
  const within = [
    from.alive,
    first === null ? null : `${key} >= ${bind(first)}`,
    end === null ? null : `${key} < ${bind(end)}`,
  ].filter((condition) => condition !== null);
  return query(
    `select ${select} from (
       select ${from.key} as name, ${number} as n, ${from.hash} as hash from ${from.table}
       ${within.length === 0 ? '' : `where ${within.join(' and ')}`}) d
     where d.n is not null ${by === null ? '' : `group by ${by}`}`,
    values,
  );
}

interface Search {
  readonly ranges: readonly KeyRange[];
  readonly bind: (key: string) => string;
  readonly from: number;
  readonly to: number;
}

/** SQL for the number of the range that a key is in, null for none: a binary search, since there is no function for it. */
function placeOf(key: string, { ranges, bind, from, to }: Search): string {
  const range = ranges[from];
  if (range === undefined) return 'null';
  if (to - from === 1) {
    const conditions = [
      range.from === null ? null : `${key} >= ${bind(range.from)}`,
      range.to === null ? null : `${key} < ${bind(range.to)}`,
    ].filter((condition) => condition !== null);
    return conditions.length === 0 ? `${from}` : `if(${conditions.join(' and ')}, ${from}, null)`;
  }
  const middle = Math.floor((from + to) / 2);
  const bound = ranges[middle]?.from ?? null;
  const later = placeOf(key, { ranges, bind, from: middle, to });
  if (bound === null) return later;
  return `if(${key} < ${bind(bound)}, ${placeOf(key, { ranges, bind, from, to: middle })}, ${later})`;
}
