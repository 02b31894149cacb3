import type { Position } from '../sql/cursor.ts';
import { quoteColumn, quoteTable } from '../sql/names.ts';
import type { Marked } from '../sql/read-lists.ts';
import { LISTED_AT_ONCE } from '../sql/scan.ts';
import type { Query } from '../sql/session.ts';
import { markOf } from './mark.ts';
import { keyText } from './record-key.ts';
import type { PostgresShape } from './shape.ts';

/** Which marks to list, in their own texts. */
export interface MarkRange {
  /** List behind this position; null: from the start of the range. */
  readonly after: Position | null;
  /** Not before this mark; null: no lower end. */
  readonly from: string | null;
  /** SQL of the condition that a mark is old enough to be read, with `mark` as its name. */
  readonly readable: string;
  /** SQL expressions for `readable`'s parameters `$1`, `$2`, …. */
  readonly values: readonly string[];
}

/** Records by ascending mark, then key: each list starts behind the last position, so ties of any width are read. */
export async function listMarked(query: Query, shape: PostgresShape, range: MarkRange): Promise<Marked[]> {
  const mark = markOf(shape);
  const keys = shape.key.map((column) => quoteColumn('t', column));
  const values: unknown[] = [...range.values];
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  const conditions = [range.readable.replaceAll('mark', mark.sql)];
  if (range.from !== null) conditions.push(`${mark.sql} >= ${bind(range.from, mark.type)}`);
  if (range.after !== null && range.after.mark !== null) {
    const position = range.after.key.map((text, at) => bind(text, String(shape.key[at]?.name)));
    const after = [bind(range.after.mark, mark.type), ...position].join(', ');
    conditions.push(`(${[mark.sql, ...keys].join(', ')}) > (${after})`);
  }
  const rows = await query(
    `select ${selected(shape, `(${mark.sql})::text`)} from ${quoteTable(shape.table.name)} t ${mark.joins}
     where ${conditions.join(' and ')} order by ${[mark.sql, ...keys].join(', ')} limit ${LISTED_AT_ONCE}`,
    values,
  );
  return rows.map(toMarked);
}

/** Records without a mark by ascending key, behind a position among them. */
export async function listUnmarked(query: Query, shape: PostgresShape, after: Position | null): Promise<Marked[]> {
  const mark = markOf(shape);
  const keys = shape.key.map((column) => quoteColumn('t', column)).join(', ');
  const position = after?.key.map((_, at) => `$${at + 1}::${shape.key[at]?.name}`).join(', ');
  const rows = await query(
    `select ${selected(shape, 'null')} from ${quoteTable(shape.table.name)} t ${mark.joins}
     where ${mark.sql} is null ${position ? `and (${keys}) > (${position})` : ''}
     order by ${keys} limit ${LISTED_AT_ONCE}`,
    after ? [...after.key] : [],
  );
  return rows.map(toMarked);
}

function selected(shape: PostgresShape, mark: string): string {
  return [keyText('t', shape.key), mark, ...shape.key.map((column) => `${quoteColumn('t', column)}::text`)].join(', ');
}

function toMarked([key, mark, ...texts]: unknown[]): Marked {
  return { key: String(key), at: { mark: mark === null ? null : String(mark), key: texts.map(String) } };
}
