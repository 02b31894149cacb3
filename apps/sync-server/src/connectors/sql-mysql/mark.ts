import { quoteColumn, quoteName, quoteTable } from '../sql/names.ts';
import type { MysqlShape } from './shape.ts';

/** The mark of a record says when it last changed, child rows included. `changes` reads records in the order of marks. */
export interface Mark {
  /** SQL of the mark of a row of the parent `t`, joined with `joins`. */
  readonly sql: string;
  /** SQL behind `from` that gives the parent its child marks. */
  readonly joins: string;
  /** SQL that is true for a row that has no mark: null or a zero date. */
  readonly isMissing: string;
}

/** The mark of the records of a stream, by its mode. */
export function markOf(shape: MysqlShape): Mark {
  const { mode, stamp = [], marker } = shape.options;
  if (mode === 'marker') {
    const sql = `t.${quoteName(String(marker))}`;
    return { sql, joins: '', isMissing: `${sql} is null` };
  }
  const stamps = stamp.map((name) => `t.${quoteName(name)}`);
  const joins = shape.children.flatMap((child, at) => {
    if (!child.options.stamp) return [];
    stamps.push(`g${at}.mark`);
    const foreign = child.foreignKey.map((column) => quoteColumn('c', column));
    const equal = shape.key.map((column, n) => `g${at}.f${n} = ${quoteColumn('t', column)}`);
    return `left join (
      select ${foreign.map((column, n) => `${column} as f${n}`).join(', ')}, max(c.${quoteName(child.options.stamp)}) as mark
      from ${quoteTable(child.table.name)} c group by ${foreign.join(', ')}) g${at} on ${equal.join(' and ')}`;
  });
  // Untouched by a function the column can use its index. Of several, one that is null would make the greatest null.
  const sql =
    stamps.length === 1
      ? String(stamps[0])
      : `greatest(${stamps.map((name) => `coalesce(${name}, ${NO_TIME})`).join(', ')})`;
  return { sql, joins: joins.join(' '), isMissing: `(${sql} is null or ${sql} <= ${NO_TIME})` };
}

/** Below every stamp and above the zero date, which must not be written in strict mode. */
export const NO_TIME = "timestamp'1000-01-01 00:00:00'";
