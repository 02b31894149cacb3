import type { Position } from '../sql/cursor.ts';
import { quoteColumn, quoteTable } from '../sql/names.ts';
import type { Marked } from '../sql/read-lists.ts';
import { LISTED_AT_ONCE } from '../sql/scan.ts';
import type { Query } from '../sql/session.ts';
import type { Column } from '../sql/table.ts';
import { kindOf } from './kind.ts';
import { markOf, NO_TIME } from './mark.ts';
import { asBytes, columnText, keyText, keyValue } from './record-key.ts';
import type { MysqlShape } from './shape.ts';

/** Which marks to list, in their own texts, both ends included. */
export interface MarkRange {
  /** Null: no lower end. */
  readonly from: string | null;
  readonly upto: string;
  /** List behind this position; null: from the start of the range. */
  readonly after: Position | null;
}

/** Records by ascending mark, then key: each list starts behind the last position, so ties of any width are read. */
export async function listMarked(query: Query, shape: MysqlShape, range: MarkRange): Promise<Marked[]> {
  const mark = markOf(shape);
  const values: unknown[] = [];
  const bindMark = (text: string) => {
    const isTime = shape.options.mode === 'stamp';
    return `$${values.push(isTime ? text : BigInt(text))}`;
  };
  const from = range.after?.mark ?? range.from;
  const conditions = [`${mark.sql} <= ${bindMark(range.upto)}`];
  if (from !== null) conditions.push(`${mark.sql} >= ${bindMark(from)}`);
  else if (shape.options.mode === 'stamp') conditions.push(`${mark.sql} > ${NO_TIME}`);
  if (range.after && range.after.mark !== null) {
    const at = bindMark(range.after.mark);
    const behind = isBehind(shape, range.after.key, (value) => `$${values.push(value)}`);
    conditions.push(`(${mark.sql} > ${at} or ${behind})`);
  }
  const rows = await query(
    `select ${selected(shape, `cast(${mark.sql} as char)`)} from ${quoteTable(shape.table.name)} t ${mark.joins}
     where ${conditions.join(' and ')} order by ${[mark.sql, ...order(shape)].join(', ')} limit ${LISTED_AT_ONCE}`,
    values,
  );
  return rows.map(toMarked);
}

/** Records without a mark by ascending key, behind a position among them. */
export async function listUnmarked(query: Query, shape: MysqlShape, after: Position | null): Promise<Marked[]> {
  const mark = markOf(shape);
  const values: unknown[] = [];
  const behind = after ? `and ${isBehind(shape, after.key, (value) => `$${values.push(value)}`)}` : '';
  const rows = await query(
    `select ${selected(shape, 'null')} from ${quoteTable(shape.table.name)} t ${mark.joins}
     where ${mark.isMissing} ${behind} order by ${order(shape).join(', ')} limit ${LISTED_AT_ONCE}`,
    values,
  );
  return rows.map(toMarked);
}

/** SQL that is true behind a key: written out, because MySQL finds no index for a comparison of rows. */
function isBehind(shape: MysqlShape, key: readonly string[], bind: (value: unknown) => string): string {
  return shape.key.reduceRight<string>((rest, column, at) => {
    const name = sortable(shape, column);
    const text = key[at] ?? '';
    const value = name.bytes ? asBytes(bind(text)) : bind(keyValue(text, column));
    const behind = `${name.sql} > ${value}`;
    return rest === '' ? behind : `(${behind} or (${name.sql} = ${value} and ${rest}))`;
  }, '');
}

function order(shape: MysqlShape): string[] {
  return shape.key.map((column) => sortable(shape, column).sql);
}

/**
 * What a key is ordered by. The unique index of a table tells its texts apart by the collation of the column, so that its
 * order is total; in a view nothing says so, and an enum is ordered by its places but compared by its texts.
 */
function sortable(shape: MysqlShape, column: Column): { readonly sql: string; readonly bytes: boolean } {
  const kind = kindOf(column);
  const bytes = kind === 'enum' || kind === 'set' || (kind === 'text' && !shape.table.stored);
  return { bytes, sql: bytes ? asBytes(columnText('t', column)) : quoteColumn('t', column) };
}

function selected(shape: MysqlShape, mark: string): string {
  return [keyText('t', shape.key), mark, ...shape.key.map((column) => columnText('t', column))].join(', ');
}

function toMarked([key, mark, ...texts]: unknown[]): Marked {
  return { key: String(key), at: { mark: mark === null ? null : String(mark), key: texts.map(String) } };
}
