import { SystemError } from '../connector.ts';
import type { InsertTarget, RowTarget, UpdateTarget } from '../sql/dialect.ts';
import { quoteColumn, quoteName, quoteTable } from '../sql/names.ts';
import type { Assignment } from '../sql/prepare-record.ts';
import type { Query } from '../sql/session.ts';
import type { ChildShape } from '../sql/shape.ts';
import type { Column } from '../sql/table.ts';
import { refusal } from './failure.ts';
import { kindOf } from './kind.ts';
import { asBytes, columnText, keyText, keyValue } from './record-key.ts';

/** Inserts one row and returns the text of its key as the database keeps it. `raw` columns take SQL instead of a value. */
export async function insertRow(query: Query, into: InsertTarget, fields: readonly Assignment[]): Promise<string> {
  const raw = into.raw ?? [];
  const names = [...fields.map(({ column }) => column.column), ...raw.map(({ column }) => column)].map(quoteName);
  const values = [...fields.map((_, at) => `$${at + 1}`), ...raw.map(({ sql }) => sql)];
  await query(
    `insert into ${quoteTable(into.table)} (${names.join(', ')}) values (${values.join(', ')})`,
    fields.map(({ value }) => value),
  );
  const sent = into.key.map((column) => {
    const given = fields.find((field) => field.column.column === column.column);
    // Zero asks for the next number too.
    const isNumber = column.numbered && Number(given?.value ?? 0) === 0;
    if (given && given.value !== null && !isNumber) return { column, value: given.value };
    return { column, value: column.numbered ? LAST_NUMBER : undefined };
  });
  const unknown = sent.find(({ value }) => value === undefined);
  if (unknown) {
    const { column } = unknown.column;
    throw new SystemError(
      'shape',
      `The key ${column} of ${into.table} is made by a default that MySQL does not tell; declare how with mintKey, e.g. { sql: 'uuid()' }.`,
    );
  }
  const where = sent.map(({ column }, at) => `${quoteColumn('t', column)} = $${at + 1}`);
  const rows = await query(
    `select ${keyText('t', into.key)} from ${quoteTable(into.table)} t where ${where.join(' and ')}`,
    sent.map(({ value }) => value),
  );
  if (rows.length === 1) return String(rows[0]?.[0]);
  throw refusal(`The key is not kept as it was sent by ${into.table}: its type rounds it, or a trigger changes it`);
}

/** Updates the rows of a target. */
export async function updateRow(query: Query, target: UpdateTarget, fields: readonly Assignment[]): Promise<void> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const sets = fields.map(({ column, value }) => `${quoteColumn('t', column)} = ${bind(value)}`);
  for (const { column, sql, value } of target.raw ?? []) {
    const set = sql.includes('$?') ? sql.replaceAll('$?', () => bind(value)) : sql;
    sets.push(`t.${quoteName(column)} = ${set}`);
  }
  if (sets.length === 0) return;
  const where = equals('t', target, bind);
  if (target.onlyIfDifferent && fields.length > 0) {
    where.push(`(${fields.map(({ column, value }) => `not (${differing(column, bind(value))})`).join(' or ')})`);
  }
  await query(`update ${quoteTable(target.table)} as t set ${sets.join(', ')} where ${where.join(' and ')}`, values);
}

/** Deletes the rows of a target. */
export async function deleteRows(query: Query, target: RowTarget): Promise<void> {
  const values: unknown[] = [];
  // Without another name for the table: MySQL then wants a database to be chosen.
  const where = equals(quoteTable(target.table), target, (value) => `$${values.push(value)}`);
  await query(`delete from ${quoteTable(target.table)} where ${where.join(' and ')}`, values);
}

/** The keys of the child rows of one record. */
export async function childKeys(query: Query, child: ChildShape, owner: RowTarget['where']): Promise<string[]> {
  const values: unknown[] = [];
  const where = equals('c', { where: owner }, (value) => `$${values.push(value)}`);
  const rows = await query(
    `select ${keyText('c', child.key)} from ${quoteTable(child.table.name)} c where ${where.join(' and ')}`,
    values,
  );
  return rows.map(([key]) => String(key));
}

/** The number that an insert was just given. */
const LAST_NUMBER = { toSqlString: () => 'last_insert_id()' };

function equals(alias: string, target: Pick<RowTarget, 'where'>, bind: (value: unknown) => string): string[] {
  return target.where.map(({ column, text }) => `${quoteColumn(alias, column)} = ${bind(keyValue(text, column))}`);
}

/** By the bytes of texts: most collations take `a` and `A` for the same. */
function differing(column: Column, value: string): string {
  const kind = kindOf(column);
  const isText = kind === 'text' || kind === 'enum' || kind === 'set' || kind === 'json';
  return isText
    ? `${asBytes(kind === 'json' ? `cast(t.${quoteName(column.column)} as char)` : columnText('t', column))} <=> ${asBytes(value)}`
    : `${quoteColumn('t', column)} <=> ${value}`;
}
