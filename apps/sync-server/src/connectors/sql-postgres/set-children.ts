import type { PreparedChildren, PreparedRow } from './prepare-record.ts';
import { keyColumns, keyText } from './record-key.ts';
import { deleteRows, insertRow, keyWhere, type RowTarget, updateRow } from './row-sql.ts';
import type { Query } from './session.ts';
import { type ChildShape, quoteColumn, quoteTable, type Shape } from './shape.ts';

/**
 * Gives a record the child rows of its list: rows that are not in it are deleted, known ones take the columns they
 * bring, others are inserted. A row that stays as it is is not touched.
 */
export async function setChildren(
  query: Query,
  shape: Shape,
  to: { readonly parent: string; readonly list: PreparedChildren },
): Promise<void> {
  const { child, rows } = to.list;
  const owner = keyWhere(child.foreignKey, to.parent);
  const there = await keysThere(query, child, owner);
  const kept = new Set(rows.map((row) => row.key));
  // Deletions first: an inserted row may need the place that is unique in the table.
  for (const key of there) {
    if (!kept.has(key)) await deleteRows(query, rowOf(child, owner, key));
  }
  for (const row of rows) {
    if (row.key !== null && there.has(row.key)) await updateChild(query, child, { owner, row, key: row.key });
  }
  for (const row of rows) {
    if (row.key === null || !there.has(row.key)) await insertChild(query, shape, { child, row, parent: to.parent });
  }
}

/** Deletes all child rows of a record. */
export async function deleteChildren(query: Query, shape: Shape, parent: string): Promise<void> {
  for (const child of shape.children) {
    await deleteRows(query, { table: child.table.name, where: keyWhere(child.foreignKey, parent) });
  }
}

async function keysThere(query: Query, child: ChildShape, owner: RowTarget['where']): Promise<Set<string>> {
  const where = owner.map(({ column }, at) => `${quoteColumn('c', column)} = $${at + 1}`).join(' and ');
  const rows = await query(
    `select ${keyText('c', child.key)} from ${quoteTable(child.table.name)} c where ${where}`,
    owner.map(({ text }) => text),
  );
  return new Set(rows.map(([key]) => String(key)));
}

async function updateChild(
  query: Query,
  child: ChildShape,
  to: { readonly owner: RowTarget['where']; readonly row: PreparedRow; readonly key: string },
): Promise<void> {
  const fields = to.row.fields.filter(({ column }) => !child.options.key.includes(column.column));
  await updateRow(query, { ...rowOf(child, to.owner, to.key), onlyIfDifferent: true }, fields);
}

async function insertChild(
  query: Query,
  shape: Shape,
  to: { readonly child: ChildShape; readonly row: PreparedRow; readonly parent: string },
): Promise<void> {
  const texts = keyColumns(to.parent, shape.key.length) ?? [];
  const foreign = to.child.foreignKey.map((column, at) => ({ column, value: texts[at], field: to.child.field }));
  await insertRow(query, { table: to.child.table.name, key: to.child.key }, [...foreign, ...to.row.fields]);
}

function rowOf(child: ChildShape, owner: RowTarget['where'], key: string): RowTarget {
  return { table: child.table.name, where: [...owner, ...keyWhere(child.key, key)] };
}
