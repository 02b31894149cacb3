import type { SetRow, SetTarget } from '../sql/dialect.ts';
import { quoteColumn, quoteName, quoteTable } from '../sql/names.ts';
import type { Query } from '../sql/session.ts';
import type { Column } from '../sql/table.ts';
import { bare, keyLists } from './record-key.ts';

/**
 * Whether a list of values of the column's own type can be sent: then each is read, and refused, as one alone is. A cast
 * would cut a text that is too long. Not for bits, whose type without a length is one of length 1, and not for a list
 * behind the name of a domain.
 */
export function takes({ name, array }: Column): boolean {
  return !/^(?:bit|interval )/.test(name) && (!array || name.endsWith('[]'));
}

/** Updates rows of one table, all with the same columns, in one statement. */
export async function updateRows(query: Query, target: SetTarget, rows: readonly SetRow[]): Promise<void> {
  const { table, key, columns, raw } = target;
  const types = [
    ...key.map((column) => `text[]::${bare(column)}[]`),
    ...columns.map(({ column }) => (column.array ? 'text[]' : `${bare(column)}[]`)),
  ];
  const names = [...key.map((_, at) => `k${at}`), ...columns.map((_, at) => `c${at}`)];
  const sets = columns.map(({ column, sql = '$?' }, at) => {
    const value = column.array ? `v.c${at}::${bare(column)}` : `v.c${at}`;
    return `${quoteName(column.column)} = ${sql.replaceAll('$?', value)}`;
  });
  for (const { column, sql } of raw) sets.push(`${quoteName(column)} = ${sql}`);
  const equal = key.map((column, at) => `${quoteColumn('t', column)} = v.k${at}`);
  const keys = rows.map((row) => row.key);
  await query(
    `update ${quoteTable(table)} as t set ${sets.join(', ')}
     from unnest(${types.map((type, at) => `$${at + 1}::${type}`).join(', ')}) as v(${names.join(', ')})
     where ${equal.join(' and ')}`,
    [...keyLists(keys, key.length), ...columns.map(({ column }, at) => valuesOf(column, rows, at))],
  );
}

/** Lists do not fit into a list, since their lengths differ: they are sent as texts. */
function valuesOf(column: Column, rows: readonly SetRow[], at: number): unknown[] {
  const values = rows.map((row) => row.values[at]);
  return column.array ? values.map((value) => (Array.isArray(value) ? listText(value) : value)) : values;
}

function listText(list: readonly unknown[]): string {
  return `{${list.map(entryText).join(',')}}`;
}

function entryText(entry: unknown): string {
  if (entry === null || entry === undefined) return 'null';
  const text = entry instanceof Uint8Array ? `\\x${Buffer.from(entry).toString('hex')}` : String(entry);
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
