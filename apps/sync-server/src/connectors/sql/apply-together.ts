import type { Item, Outcome } from '../connector.ts';
import type { Task } from './apply-write.ts';
import type { SetSql } from './dialect.ts';
import type { KeyedWrite, LedgerTogether } from './ledger.ts';
import { keyColumns } from './record-key.ts';
import type { Ended, Query } from './session.ts';
import type { Shape } from './shape.ts';

/** A write that can be made in one statement with others of its kind. */
export interface SetTask<S extends Shape = Shape> extends Task<S> {
  readonly write: Extract<KeyedWrite, { readonly op: 'update' | 'add' }>;
  readonly together: SetSql;
}

/** The task as one that can be made with others; null where it has to be made alone. */
export function asSetTask<S extends Shape>(task: Task<S>): SetTask<S> | null {
  const { dialect, ledger, prepared, amounts, shape, write } = task;
  const { together } = dialect;
  if (together === undefined || (ledger !== null && ledger.together === undefined)) return null;
  if (write.op === 'create' || write.op === 'delete' || prepared.children.length > 0) return null;
  const touched = new Set(dialect.touches(shape, 'update').map(({ column }) => column));
  const columns = [...prepared.fields, ...amounts].map(({ column }) => column);
  const plain = columns.every((column) => together.takes(column) && !touched.has(column.column));
  // Twice in one statement is an error; alone, the difference goes before the value.
  const once = new Set(columns).size === columns.length;
  return plain && once && keyColumns(write.key, shape.key.length) !== null ? { ...task, write, together } : null;
}

/**
 * Makes many writes to different records in one transaction, with statements for all of them: notes in the ledger, locks,
 * guards, updates and what the database made of them. Null for each that has to be made alone: noted before, changed, gone,
 * or locked by somebody else; nothing is left of it. An error is that of one of them, or of the system.
 */
export async function applyTogether<S extends Shape>(
  query: Query,
  tasks: readonly SetTask<S>[],
): Promise<Ended<(Outcome | null)[]>> {
  const [first] = tasks;
  if (first === undefined) return { commit: false, result: [] };
  const { dialect, shape, stream } = first;
  const ledger = first.ledger?.together;
  const claimed = await ledger?.claim(query, stream, writesOf(tasks));
  const ours = claimed === undefined ? tasks : tasks.filter(({ write }) => claimed.has(write.id));
  const versions = await lock(query, first, ours);
  const ready = ours.filter(({ write }) => isAsExpected(write, versions.get(write.key)));
  if (ready.length === 0) return { commit: false, result: tasks.map(() => null) };
  await release(query, ledger, { ours, ready });
  for (const alike of byColumns(ready)) await update(query, alike);
  const keys = ready.map(({ write }) => write.key);
  const items = await dialect.readItems(query, shape, { keys });
  await dialect.mark?.(query, shape, keys);
  const made = new Set(ready);
  return { commit: true, result: tasks.map((task) => (made.has(task) ? applied(task.write.key, items) : null)) };
}

function applied(key: string, items: ReadonlyMap<string, Item>): Outcome {
  const item = items.get(key);
  return { is: 'applied', key, ...(item && { item }) };
}

type Noting = Pick<SetTask, 'write'>;

function writesOf(tasks: readonly Noting[]): KeyedWrite[] {
  return tasks.map(({ write }) => write);
}

/** The rows first, then the children in a later statement: those committed while the lock was taken are seen. */
async function lock<S extends Shape>(
  query: Query,
  { dialect, shape }: SetTask<S>,
  tasks: readonly SetTask<S>[],
): Promise<ReadonlyMap<string, Item>> {
  const bare = withoutData(shape);
  const keys = tasks.map(({ write }) => write.key);
  const options = { lock: true, skipLocked: true };
  const locked = await dialect.readItems(query, { ...bare, children: [] }, { keys, options });
  return shape.children.length === 0 ? locked : dialect.readItems(query, bare, { keys: [...locked.keys()] });
}

/** Enough to know the version, unless that is made from the data. */
function withoutData<S extends Shape>(shape: S): S {
  const stored = shape.table.stored && shape.children.every(({ table }) => table.stored);
  if (!stored && shape.options.version === undefined) return shape;
  return { ...shape, columns: [], children: shape.children.map((child) => ({ ...child, columns: [] })) };
}

function isAsExpected({ ifVersion }: SetTask['write'], item: Item | undefined): boolean {
  return item !== undefined && (ifVersion === undefined || item.version === ifVersion);
}

async function release(
  query: Query,
  ledger: LedgerTogether | undefined,
  { ours, ready }: { readonly ours: readonly Noting[]; readonly ready: readonly Noting[] },
): Promise<void> {
  if (ledger === undefined || ready.length === ours.length) return;
  const made = new Set(ready);
  await ledger.release(query, writesOf(ours.filter((task) => !made.has(task))));
}

function byColumns<S extends Shape>(tasks: readonly SetTask<S>[]): Iterable<readonly SetTask<S>[]> {
  const groups = new Map<string, SetTask<S>[]>();
  for (const task of tasks) {
    const names = [task.prepared.fields, task.amounts].map((list) => list.map(({ column }) => column.column));
    const name = JSON.stringify(names);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [task]);
    else group.push(task);
  }
  return groups.values();
}

async function update<S extends Shape>(query: Query, tasks: readonly SetTask<S>[]): Promise<void> {
  const [first] = tasks;
  if (first === undefined) return;
  const { dialect, shape, together } = first;
  const columns = [
    ...first.prepared.fields.map(({ column }) => ({ column })),
    ...first.amounts.map(({ column }) => ({ column, sql: dialect.addTo(column) })),
  ];
  const raw = dialect.touches(shape, 'update');
  if (columns.length + raw.length === 0) return;
  const rows = tasks.map(({ write, prepared, amounts }) => ({
    key: keyColumns(write.key, shape.key.length) ?? [],
    values: [...prepared.fields, ...amounts].map(({ value }) => value),
  }));
  await together.updateRows(query, { table: shape.options.table, key: shape.key, columns, raw }, rows);
}
