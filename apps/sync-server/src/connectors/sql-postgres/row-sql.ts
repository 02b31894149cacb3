import { escapeIdentifier } from 'pg';
import type { Column } from './catalog.ts';
import type { Assignment } from './prepare-record.ts';
import { keyColumns, keyText } from './record-key.ts';
import type { Query } from './session.ts';
import { quoteTable } from './shape.ts';

/** Rows of one table that a statement is about. */
export interface RowTarget {
  readonly table: string;
  /** Columns that are compared, and the texts they must have. */
  readonly where: readonly { readonly column: Column; readonly text: string }[];
}

/** The columns and texts of a key, for a {@link RowTarget}. */
export function keyWhere(columns: readonly Column[], key: string): RowTarget['where'] {
  const texts = keyColumns(key, columns.length) ?? [];
  return columns.map((column, at) => ({ column, text: String(texts[at]) }));
}

/** Inserts one row and returns the text of its key. `raw` columns take SQL instead of a value. */
export async function insertRow(
  query: Query,
  into: { readonly table: string; readonly key: readonly Column[]; readonly raw?: readonly RawAssignment[] },
  fields: readonly Assignment[],
): Promise<string> {
  const raw = into.raw ?? [];
  const names = [...fields.map(({ column }) => column.column), ...raw.map(({ column }) => column)].map(
    escapeIdentifier,
  );
  const values = [...fields.map((_, at) => `$${at + 1}`), ...raw.map(({ sql }) => sql)];
  const row = names.length === 0 ? 'default values' : `(${names.join(', ')}) values (${values.join(', ')})`;
  const rows = await query(
    `insert into ${quoteTable(into.table)} as t ${row} returning ${keyText('t', into.key)}`,
    fields.map(({ value }) => value),
  );
  return String(rows[0]?.[0]);
}

/** A column that is set to an expression; `$?` in it stands for its value. */
export interface RawAssignment {
  readonly column: string;
  readonly sql: string;
  readonly value?: unknown;
}

/** Updates the rows of a target. `onlyIfDifferent` leaves rows alone that have these values, so that no change is seen. */
export async function updateRow(
  query: Query,
  target: RowTarget & { readonly onlyIfDifferent?: boolean; readonly raw?: readonly RawAssignment[] },
  fields: readonly Assignment[],
): Promise<void> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const set = fields.map(({ column, value }) => ({ name: column.column, type: column.name, sql: bind(value) }));
  const sets = set.map(({ name, sql }) => `${escapeIdentifier(name)} = ${sql}`);
  for (const { column, sql, value } of target.raw ?? []) {
    sets.push(`${escapeIdentifier(column)} = ${sql.includes('$?') ? sql.replaceAll('$?', bind(value)) : sql}`);
  }
  if (sets.length === 0) return;
  const where = target.where.map(({ column, text }) => `t.${escapeIdentifier(column.column)} = ${bind(text)}`);
  if (target.onlyIfDifferent && set.length > 0) {
    // As text: some types, json for one, have no equality.
    const differs = set.map(
      ({ name, type, sql }) => `t.${escapeIdentifier(name)}::text is distinct from ${sql}::${type}::text`,
    );
    where.push(`(${differs.join(' or ')})`);
  }
  await query(`update ${quoteTable(target.table)} as t set ${sets.join(', ')} where ${where.join(' and ')}`, values);
}

/** Deletes the rows of a target. */
export async function deleteRows(query: Query, target: RowTarget): Promise<void> {
  const where = target.where.map(({ column }, at) => `t.${escapeIdentifier(column.column)} = $${at + 1}`);
  await query(
    `delete from ${quoteTable(target.table)} as t where ${where.join(' and ')}`,
    target.where.map(({ text }) => text),
  );
}
