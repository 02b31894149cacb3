import type { Item, Outcome, Write } from '../connector.ts';
import type { Dialect, RawAssignment } from './dialect.ts';
import type { Ledger } from './ledger.ts';
import type { Assignment, Prepared } from './prepare-record.ts';
import { keyWhere } from './record-key.ts';
import type { Ended, Query } from './session.ts';
import { deleteChildren, setChildren } from './set-children.ts';
import type { Shape } from './shape.ts';

/** One write and all that is needed to make it. */
export interface Task<S extends Shape = Shape> {
  readonly dialect: Dialect<S>;
  readonly stream: string;
  readonly shape: S;
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
export async function applyWrite<S extends Shape>(query: Query, task: Task<S>): Promise<Ended<Outcome>> {
  const ended = await make(query, task);
  const { commit, result } = ended;
  if (commit && result.is === 'applied') await task.dialect.mark?.(query, task.shape, [result.key]);
  return ended;
}

async function make<S extends Shape>(query: Query, task: Task<S>): Promise<Ended<Outcome>> {
  const noted = await task.ledger?.claim(query, task.stream, task.write);
  if (noted) return { commit: false, result: await applied(query, task, noted.key) };
  if (task.write.op === 'create') return create(query, task, task.write.ref);
  const { key, ifVersion } = task.write;
  const current = await lockItem(query, task, key);
  if (!current) return { commit: false, result: { is: 'missing' } };
  if (ifVersion !== undefined && current.version !== ifVersion) {
    return { commit: false, result: { is: 'conflict', current } };
  }
  if (task.write.op === 'delete') return remove(query, task, key);
  return change(query, task, key);
}

async function create<S extends Shape>(query: Query, task: Task<S>, ref: string): Promise<Ended<Outcome>> {
  const { dialect, shape, prepared } = task;
  const fields = [...prepared.fields.filter(({ column, value }) => value !== null || !isKey(shape, column.column))];
  if (shape.key.some(({ column }) => !fields.some((field) => field.column.column === column))) {
    const minted = await dialect.mintKey(query, shape);
    const [column] = shape.key;
    if (minted !== null && column)
      fields.push({ column, value: dialect.keyValue(minted, column), field: column.column });
  }
  const raw = dialect.touches(shape, 'insert');
  const own = fields.filter(({ column }) => column.column !== shape.options.ref && !isSetBy(raw, column.column));
  const reference = shape.table.columns.get(shape.options.ref ?? '');
  if (reference) own.push({ column: reference, value: ref, field: reference.column });
  const key = await dialect.insertRow(query, { table: shape.options.table, key: shape.key, raw }, own);
  for (const list of prepared.children) await setChildren(query, dialect, { parent: key, list });
  await task.ledger?.setKey(query, task.write, key);
  return { commit: true, result: await applied(query, task, key) };
}

async function change<S extends Shape>(query: Query, task: Task<S>, key: string): Promise<Ended<Outcome>> {
  const { dialect, shape, prepared } = task;
  const adds = task.amounts.map(({ column, value }) => ({
    column: column.column,
    sql: dialect.addTo(column),
    value,
  }));
  const raw = [...adds, ...dialect.touches(shape, 'update')];
  const fields = prepared.fields.filter(({ column }) => !isSetBy(raw, column.column));
  await dialect.updateRow(query, { table: shape.options.table, where: keyWhere(shape.key, key), raw }, fields);
  for (const list of prepared.children) await setChildren(query, dialect, { parent: key, list });
  return { commit: true, result: await applied(query, task, key) };
}

async function remove<S extends Shape>(query: Query, task: Task<S>, key: string): Promise<Ended<Outcome>> {
  const { dialect, shape } = task;
  const target = { table: shape.options.table, where: keyWhere(shape.key, key) };
  const grave = dialect.bury(shape);
  if (grave) {
    const raw = [grave, ...dialect.touches(shape, 'update').filter(({ column }) => column !== grave.column)];
    await dialect.updateRow(query, { ...target, raw }, []);
  } else {
    await deleteChildren(query, dialect, { shape, parent: key });
    await dialect.deleteRows(query, target);
  }
  return { commit: true, result: { is: 'applied', key } };
}

/** Reads within the transaction: rounding, defaults and triggers of the database are in it. */
async function applied<S extends Shape>(query: Query, task: Task<S>, key: string): Promise<Outcome> {
  const item = (await task.dialect.readItems(query, task.shape, { keys: [key] })).get(key);
  return { is: 'applied', key, ...(item && { item }) };
}

/** Rows first, then the children in a later statement: those committed while the lock was waited for are seen. */
async function lockItem<S extends Shape>(query: Query, task: Task<S>, key: string): Promise<Item | undefined> {
  const { dialect, shape } = task;
  const locked = await dialect.readItems(query, { ...shape, children: [] }, { keys: [key], options: { lock: true } });
  if (shape.children.length === 0 || !locked.has(key)) return locked.get(key);
  return (await dialect.readItems(query, shape, { keys: [key] })).get(key);
}

function isSetBy(raw: readonly RawAssignment[], column: string): boolean {
  return raw.some((assignment) => assignment.column === column);
}

function isKey(shape: Shape, column: string): boolean {
  return shape.options.key.includes(column);
}
