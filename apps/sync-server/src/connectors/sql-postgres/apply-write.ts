import type { Item, Outcome, Write } from '../connector.ts';
import type { Ledger } from './ledger.ts';
import { mintKey } from './mint-key.ts';
import type { Assignment, Prepared } from './prepare-record.ts';
import { readItems } from './read-items.ts';
import { deleteRows, insertRow, keyWhere, type RawAssignment, updateRow } from './row-sql.ts';
import type { Ended, Query } from './session.ts';
import { deleteChildren, setChildren } from './set-children.ts';
import type { Shape } from './shape.ts';

/** One write and all that is needed to make it. */
export interface Task {
  readonly stream: string;
  readonly shape: Shape;
  readonly write: Write;
  /** Fields of the record as they are to be. */
  readonly prepared: Prepared;
  /** Differences to add, by column. */
  readonly amounts: readonly Assignment[];
  readonly ledger: Ledger | null;
}

/**
 * Makes one write inside a transaction. What says conflict, missing or rejected is rolled back, note in the ledger
 * included, so that the same write can be made later. A write that was made before is answered without doing it again.
 */
export async function applyWrite(query: Query, task: Task): Promise<Ended<Outcome>> {
  const noted = await task.ledger?.claim(query, task.stream, task.write);
  if (noted) return { commit: false, result: await applied(query, task, noted.key) };
  if (task.write.op === 'create') return create(query, task, task.write.ref);
  const { key, ifVersion } = task.write;
  const current = await lockItem(query, task.shape, key);
  if (!current) return { commit: false, result: { is: 'missing' } };
  if (ifVersion !== undefined && current.version !== ifVersion) {
    return { commit: false, result: { is: 'conflict', current } };
  }
  if (task.write.op === 'delete') return remove(query, task, key);
  return change(query, task, key);
}

async function create(query: Query, task: Task, ref: string): Promise<Ended<Outcome>> {
  const { shape, prepared } = task;
  const fields = [...prepared.fields.filter(({ column, value }) => value !== null || !isKey(shape, column.column))];
  if (shape.key.some(({ column }) => !fields.some((field) => field.column.column === column))) {
    const minted = await mintKey(query, shape);
    const [column] = shape.key;
    if (minted !== null && column) fields.push({ column, value: minted, field: column.column });
  }
  const raw = touches(shape, 'insert');
  const own = fields.filter(({ column }) => column.column !== shape.options.ref && !isSetBy(raw, column.column));
  const reference = shape.table.columns.get(shape.options.ref ?? '');
  if (reference) own.push({ column: reference, value: ref, field: reference.column });
  const key = await insertRow(query, { table: shape.options.table, key: shape.key, raw }, own);
  for (const list of prepared.children) await setChildren(query, shape, { parent: key, list });
  await task.ledger?.setKey(query, task.write, key);
  return { commit: true, result: await applied(query, task, key) };
}

async function change(query: Query, task: Task, key: string): Promise<Ended<Outcome>> {
  const { shape, prepared } = task;
  // A quantity that was never set counts as none: null plus something would stay null and lose the difference.
  const adds = task.amounts.map(({ column, value }) => ({
    column: column.column,
    sql: `coalesce(t."${column.column.replaceAll('"', '""')}", 0) + $?::${column.name}`,
    value,
  }));
  const raw = [...adds, ...touches(shape, 'update')];
  const fields = prepared.fields.filter(({ column }) => !isSetBy(raw, column.column));
  await updateRow(query, { table: shape.options.table, where: keyWhere(shape.key, key), raw }, fields);
  for (const list of prepared.children) await setChildren(query, shape, { parent: key, list });
  return { commit: true, result: await applied(query, task, key) };
}

async function remove(query: Query, task: Task, key: string): Promise<Ended<Outcome>> {
  const { shape } = task;
  await deleteChildren(query, shape, key);
  await deleteRows(query, { table: shape.options.table, where: keyWhere(shape.key, key) });
  return { commit: true, result: { is: 'applied', key } };
}

/** Reads within the transaction: rounding, defaults and triggers of the database are in it. */
async function applied(query: Query, task: Task, key: string): Promise<Outcome> {
  const item = (await readItems(query, task.shape, { keys: [key] })).get(key);
  return { is: 'applied', key, ...(item && { item }) };
}

/** Rows first, then the children in a later statement: those committed while the lock was waited for are seen. */
async function lockItem(query: Query, shape: Shape, key: string): Promise<Item | undefined> {
  const locked = await readItems(query, { ...shape, children: [] }, { keys: [key], options: { lock: true } });
  if (shape.children.length === 0 || !locked.has(key)) return locked.get(key);
  return (await readItems(query, shape, { keys: [key] })).get(key);
}

/** What a table that nobody else keeps current needs to be told with every write. */
function touches(shape: Shape, when: 'insert' | 'update'): RawAssignment[] {
  const { touch, stamp, xid, version } = shape.options;
  if (!touch) return [];
  const set: RawAssignment[] = [];
  const stamped = stamp?.at(-1);
  if (stamped) set.push({ column: stamped, sql: 'now()' });
  if (xid) set.push({ column: xid, sql: 'pg_current_xact_id()' });
  if (version && when === 'update') set.push({ column: version, sql: `t."${version.replaceAll('"', '""')}" + 1` });
  return set;
}

function isSetBy(raw: readonly RawAssignment[], column: string): boolean {
  return raw.some((assignment) => assignment.column === column);
}

function isKey(shape: Shape, column: string): boolean {
  return shape.options.key.includes(column);
}
