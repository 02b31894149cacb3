import { DatabaseError } from 'pg';
import type { Attempt, Rejected } from '../sql/dialect.ts';
import type { Prepared } from '../sql/prepare-record.ts';
import type { Query } from '../sql/session.ts';
import type { Shape } from '../sql/shape.ts';
import { columnsOfConstraint } from './catalog.ts';

/** Why the database refused a write, with the field to blame where it can be found, in plain words. */
export async function explainRefusal(query: Query, shape: Shape, error: Error): Promise<Rejected> {
  if (!(error instanceof DatabaseError)) throw error;
  const { constraint, schema, table } = error;
  const where = schema && table ? `${schema}.${table}` : shape.options.table;
  const columns = error.column ? [error.column] : constraint ? await columnsOfConstraint(query, where, constraint) : [];
  const field = fieldOf(shape, where, columns);
  const what = PLAIN[error.code ?? '']?.(columns.join(' + ') || 'a value', where);
  const reason = what ? `${what}${constraint ? ` (constraint ${constraint})` : ''}: ` : '';
  return { is: 'rejected', reason: `${reason}${error.message}.`, ...(field && { field }) };
}

/** Tries each value by itself, because PostgreSQL does not say which one does not fit. */
export async function explainBadValue(attempt: Attempt, prepared: Prepared, error: Error): Promise<Rejected> {
  const fields = [...prepared.fields, ...prepared.children.flatMap(({ rows }) => rows.flatMap((row) => row.fields))];
  for (const { column, value, field } of fields) {
    if (value === null) continue;
    const limit = column.maxLength;
    const tooLong = limit !== null && typeof value === 'string' && [...value.trimEnd()].length > limit;
    if (tooLong || (await isRefused(attempt, column.name, value))) {
      return { is: 'rejected', reason: `${field} must be ${column.name}: ${error.message}.`, field };
    }
  }
  return { is: 'rejected', reason: `A value does not fit: ${error.message}.` };
}

async function isRefused(attempt: Attempt, type: string, value: unknown): Promise<boolean> {
  try {
    await attempt((query) => query(`select $1::${type}`, [value]));
    return false;
  } catch (error) {
    if (error instanceof DatabaseError && error.code?.startsWith('22')) return true;
    throw error;
  }
}

function fieldOf(shape: Shape, table: string, columns: readonly string[]): string | undefined {
  const [column] = columns.filter((name) => !shape.options.key.includes(name)).concat(columns);
  if (table === shape.options.table) return column;
  const child = shape.children.find((candidate) => candidate.options.table === table);
  if (!child) return undefined;
  return column && !child.options.foreignKey.includes(column) ? `${child.field}.${column}` : child.field;
}

/** Whether the value that did not fit may be that of a key: these states are about the result of a computation. */
export function mayBeKey(error: Error): boolean {
  return !(error instanceof DatabaseError && (error.code === '22003' || error.code === '22012'));
}

/** Whether a create failed because its key is taken. */
export function isKeyTaken(error: Error, shape: Shape): boolean {
  if (!(error instanceof DatabaseError) || error.code !== '23505') return false;
  const own = `${error.schema}.${error.table}` === shape.options.table;
  return own && String(error.detail).includes(`(${shape.options.key.join(', ')})=`);
}

const PLAIN: Readonly<Record<string, (columns: string, table: string) => string>> = {
  '23502': (columns, table) => `${columns} of ${table} must have a value`,
  '23503': (columns, table) =>
    `${columns} of ${table} refers to a row that is not there, or a row still refers to this one`,
  '23505': (columns, table) => `${columns} of ${table} must be unique and is taken`,
  '23514': (columns, table) => `${columns} of ${table} breaks a rule`,
  '23P01': (columns, table) => `${columns} of ${table} overlaps with another row`,
};
