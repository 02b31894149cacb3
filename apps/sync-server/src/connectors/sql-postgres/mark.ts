import { quoteColumn, quoteName, quoteTable } from '../sql/names.ts';
import type { PostgresChildShape, PostgresShape } from './shape.ts';

/**
 * The mark of a record says when it last changed, child rows included: a time, or a transaction number of 64 bits.
 * `changes` reads records in the order of their marks.
 */
export interface Mark {
  /** SQL of the mark of a row of the parent `t`, joined with `from`. Null: the record has none. */
  readonly sql: string;
  /** SQL behind `from` that gives the parent its child marks. */
  readonly joins: string;
  /** Type in which marks are compared. */
  readonly type: string;
}

/** The mark of the records of a stream, by its mode. */
export function markOf(shape: PostgresShape): Mark {
  const { mode, stamp = [], xid } = shape.options;
  if (mode === 'xmin') return withChildren(shape, 'bigint', { parent: wideXmin('t'), child: () => wideXmin('c') });
  if (mode === 'xid') {
    const declared = shape.children.some((child) => child.options.xid);
    const column = `t.${quoteName(String(xid))}`;
    // Untouched by a conversion the column can use its index; only the greatest of several needs one.
    if (!declared) return { sql: column, joins: '', type: 'xid8' };
    const child = ({ options }: PostgresChildShape) => (options.xid ? xidNumber(`c.${quoteName(options.xid)}`) : null);
    return withChildren(shape, 'bigint', { parent: xidNumber(column), child });
  }
  const times = stamp.map((name) => `t.${quoteName(name)}`);
  const parent = times.length === 1 ? String(times[0]) : `greatest(${times.join(', ')})`;
  const type = shape.table.columns.get(String(stamp[0]))?.name ?? 'timestamptz';
  const child = ({ options }: PostgresChildShape) => (options.stamp ? `c.${quoteName(options.stamp)}` : null);
  return withChildren(shape, type, { parent, child });
}

interface MarkColumns {
  readonly parent: string;
  /** Null: this child has no mark of its own. */
  readonly child: (child: PostgresChildShape) => string | null;
}

/** Children are grouped once and joined: a lookup for each parent would need an index on their foreign key. */
function withChildren(shape: PostgresShape, type: string, columns: MarkColumns): Mark {
  const marks = [columns.parent];
  const joins = shape.children.flatMap((child, at) => {
    const mark = columns.child(child);
    if (mark === null) return [];
    marks.push(`g${at}.mark`);
    const foreign = child.foreignKey.map((column) => quoteColumn('c', column));
    const equal = shape.key.map((column, n) => `g${at}.f${n} = ${quoteColumn('t', column)}`);
    return `left join (
      select ${foreign.map((column, n) => `${column} as f${n}`).join(', ')}, max(${mark}) as mark
      from ${quoteTable(child.table.name)} c group by ${foreign.join(', ')}) g${at} on ${equal.join(' and ')}`;
  });
  return { sql: marks.length === 1 ? String(marks[0]) : `greatest(${marks.join(', ')})`, joins: joins.join(' '), type };
}

/**
 * The 32 bits of xmin with the epoch put back: the latest number with these low bits that is below the next transaction.
 * A frozen row keeps old bits, so once in 2^32 transactions it looks changed; never does a change look old. Below 3 are
 * the fixed numbers of rows older than any cursor.
 */
function wideXmin(alias: string): string {
  const low = `${alias}.xmin::text::bigint`;
  const next = 'pg_snapshot_xmax(pg_current_snapshot())::text::bigint';
  return `case when ${low} < 3 then 0 else greatest(0, ${next} - ((${next} - ${low}) & 4294967295)) end`;
}

function xidNumber(column: string): string {
  return `${column}::text::bigint`;
}
