import type { InsertTarget, RowTarget, UpdateTarget } from '../sql/dialect.ts';
import { quoteColumn, quoteName, quoteTable } from '../sql/names.ts';
import type { Assignment } from '../sql/prepare-record.ts';
import type { Query } from '../sql/session.ts';
import type { ChildShape } from '../sql/shape.ts';
import { keyText } from './record-key.ts';

/** Inserts one row and returns the text of its key. `raw` columns take SQL instead of a value. */
export async function insertRow(query: Query, into: InsertTarget, fields: readonly Assignment[]): Promise<string> {
  const raw = into.raw ?? [];
  const names = [...fields.map(({ column }) => column.column), ...raw.map(({ column }) => column)].map(quoteName);
  const values = [...fields.map((_, at) => `$${at + 1}`), ...raw.map(({ sql }) => sql)];
  const row = names.length === 0 ? 'default values' : `(${names.join(', ')}) values (${values.join(', ')})`;
  const rows = await query(
    `insert into ${quoteTable(into.table)} as t ${row} returning ${keyText('t', into.key)}`,
    fields.map(({ value }) => value),
  );
  return String(rows[0]?.[0]);
}

/** Updates the rows of a target. `onlyIfDifferent` leaves rows alone that have these values, so that no change is seen. */
export async function updateRow(query: Query, target: UpdateTarget, fields: readonly Assignment[]): Promise<void> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const set = fields.map(({ column, value }) => ({ name: column.column, type: column.name, sql: bind(value) }));
  const sets = set.map(({ name, sql }) => `${quoteName(name)} = ${sql}`);
  for (const { column, sql, value } of target.raw ?? []) {
    sets.push(`${quoteName(column)} = ${sql.includes('$?') ? sql.replaceAll('$?', bind(value)) : sql}`);
  }
  if (sets.length === 0) return;
  const where = target.where.map(({ column, text }) => `t.${quoteName(column.column)} = ${bind(text)}`);
  if (target.onlyIfDifferent && set.length > 0) {
    // As text: some types, json for one, have no equality.
    const differs = set.map(
      ({ name, type, sql }) => `t.${quoteName(name)}::text is distinct from ${sql}::${type}::text`,
    );
    where.push(`(${differs.join(' or ')})`);
  }
  await query(`update ${quoteTable(target.table)} as t set ${sets.join(', ')} where ${where.join(' and ')}`, values);
}

/** Deletes the rows of a target. */
export async function deleteRows(query: Query, target: RowTarget): Promise<void> {
  const where = target.where.map(({ column }, at) => `t.${quoteName(column.column)} = $${at + 1}`);
  await query(
    `delete from ${quoteTable(target.table)} as t where ${where.join(' and ')}`,
    target.where.map(({ text }) => text),
  );
}

/** The keys of the child rows of one record. */
export async function childKeys(query: Query, child: ChildShape, owner: RowTarget['where']): Promise<string[]> {
  const where = owner.map(({ column }, at) => `${quoteColumn('c', column)} = $${at + 1}`).join(' and ');
  const rows = await query(
    `select ${keyText('c', child.key)} from ${quoteTable(child.table.name)} c where ${where}`,
    owner.map(({ text }) => text),
  );
  return rows.map(([key]) => String(key));
}
