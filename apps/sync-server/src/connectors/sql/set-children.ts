import type { RowSql, RowTarget } from './dialect.ts';
import type { PreparedChildren, PreparedRow } from './prepare-record.ts';
import { keyColumns, keyWhere } from './record-key.ts';
import type { Query } from './session.ts';
import type { ChildShape, Shape } from './shape.ts';

/**
 * Gives a record the child rows of its list: rows that are not in it are deleted, known ones take the columns they
 * bring, others are inserted. A row that stays as it is is not touched.
 */
export async function setChildren(
  query: Query,
  rowSql: RowSql,
  to: { readonly parent: string; readonly list: PreparedChildren },
): Promise<void> {
  const { child, rows } = to.list;
  const owner = keyWhere(child.foreignKey, to.parent);
  const there = new Set(await rowSql.childKeys(query, child, owner));
  const kept = new Set(rows.map((row) => row.key));
  // Deletions first: an inserted row may need the place that is unique in the table.
  for (const key of there) {
    if (!kept.has(key)) await rowSql.deleteRows(query, rowOf(child, owner, key));
  }
  for (const row of rows) {
    if (row.key !== null && there.has(row.key)) await updateChild(query, rowSql, { child, owner, row, key: row.key });
  }
  for (const row of rows) {
    if (row.key === null || !there.has(row.key)) await insertChild(query, rowSql, { child, row, parent: to.parent });
  }
}

/** Deletes all child rows of a record. */
export async function deleteChildren(
  query: Query,
  rowSql: RowSql,
  of: { readonly shape: Shape; readonly parent: string },
): Promise<void> {
  for (const child of of.shape.children) {
    await rowSql.deleteRows(query, { table: child.table.name, where: keyWhere(child.foreignKey, of.parent) });
  }
}

interface ChildRow {
  readonly child: ChildShape;
  readonly row: PreparedRow;
}

async function updateChild(
  query: Query,
  rowSql: RowSql,
  to: ChildRow & { readonly owner: RowTarget['where']; readonly key: string },
): Promise<void> {
  const fields = to.row.fields.filter(({ column }) => !to.child.options.key.includes(column.column));
  await rowSql.updateRow(query, { ...rowOf(to.child, to.owner, to.key), onlyIfDifferent: true }, fields);
}

async function insertChild(query: Query, rowSql: RowSql, to: ChildRow & { readonly parent: string }): Promise<void> {
  const { child } = to;
  const texts = keyColumns(to.parent, child.foreignKey.length) ?? [];
  const foreign = child.foreignKey.map((column, at) => ({
    column,
    value: rowSql.keyValue(String(texts[at]), column),
    field: child.field,
  }));
  await rowSql.insertRow(query, { table: child.table.name, key: child.key }, [...foreign, ...to.row.fields]);
}

function rowOf(child: ChildShape, owner: RowTarget['where'], key: string): RowTarget {
  return { table: child.table.name, where: [...owner, ...keyWhere(child.key, key)] };
}
