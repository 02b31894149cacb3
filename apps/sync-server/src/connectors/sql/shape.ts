import { SystemError } from '../connector.ts';
import type { ChildOptions, StreamOptions } from './options.ts';
import type { Query } from './session.ts';
import type { Column, Table } from './table.ts';

/** One stream as declared, with what the database says of its tables. */
export interface Shape<O extends StreamOptions = StreamOptions> {
  readonly options: O;
  readonly table: Table;
  readonly key: readonly Column[];
  /** Columns that are record fields. */
  readonly columns: readonly Column[];
  readonly children: readonly ChildShape<ChildOf<O>>[];
}

/** Child rows that are a list in the record. */
export interface ChildShape<C extends ChildOptions = ChildOptions> {
  readonly field: string;
  readonly options: C;
  readonly table: Table;
  readonly key: readonly Column[];
  readonly foreignKey: readonly Column[];
  readonly columns: readonly Column[];
}

type ChildOf<O extends StreamOptions> = NonNullable<O['children']>[string];

/** A stream to be looked up. */
export interface Declared<O extends StreamOptions> {
  readonly stream: string;
  readonly options: O;
  /** Describes a table by its name, or null if there is none that this user can see. */
  readonly describe: (query: Query, table: string) => Promise<Table | null>;
}

/** Looks the tables of a stream up. Throws SystemError `shape` naming a table or column that is not there. */
export async function loadShape<O extends StreamOptions>(query: Query, declared: Declared<O>): Promise<Shape<O>> {
  const { stream, options } = declared;
  const table = await tableOf(query, declared, options.table);
  const key = columnsOf(stream, table, options.key);
  requireUnique(stream, table, options.key);
  columnsOf(stream, table, [options.stamp, options.version, options.ref].flat().filter(isGiven));
  if (options.stamp) requireTimes(stream, table, options.stamp);
  const children: ChildShape<ChildOf<O>>[] = [];
  for (const [field, child] of Object.entries(options.children ?? {})) {
    children.push(await loadChild(query, declared, { field, child: child as ChildOf<O>, parent: table }));
  }
  const columns = options.columns ? columnsOf(stream, table, options.columns) : [...table.columns.values()];
  return { options, table, key, columns, children };
}

/** The columns of these names. Throws SystemError `shape` naming the one that is not there. */
export function columnsOf(stream: string, table: Table, names: readonly string[]): Column[] {
  return names.map((name) => {
    const column = table.columns.get(name);
    if (column) return column;
    const there = [...table.columns.keys()].join(', ');
    throw shapeError(stream, `${table.name} has no column ${name}; it has ${there}.`);
  });
}

/** The error of a stream that is not declared as its tables are. */
export function shapeError(stream: string, message: string): SystemError {
  return new SystemError('shape', `Stream ${stream}: ${message}`);
}

interface ChildDeclaration<C extends ChildOptions> {
  readonly field: string;
  readonly child: C;
  readonly parent: Table;
}

async function loadChild<O extends StreamOptions>(
  query: Query,
  declared: Declared<O>,
  { field, child, parent }: ChildDeclaration<ChildOf<O>>,
): Promise<ChildShape<ChildOf<O>>> {
  const { stream } = declared;
  if (parent.columns.has(field)) {
    throw shapeError(stream, `${parent.name} has a column ${field}; give its child rows another field name.`);
  }
  const table = await tableOf(query, declared, child.table);
  const foreignKey = columnsOf(stream, table, child.foreignKey);
  const key = columnsOf(stream, table, child.key);
  columnsOf(stream, table, [child.orderBy, child.stamp].flat().filter(isGiven));
  if (child.stamp) requireTimes(stream, table, [child.stamp]);
  requireUnique(stream, table, [...child.foreignKey, ...child.key]);
  const own = [...table.columns.values()].filter((column) => !child.foreignKey.includes(column.column));
  const columns = child.columns ? columnsOf(stream, table, child.columns) : own;
  return { field, options: child, table, key, foreignKey, columns };
}

async function tableOf<O extends StreamOptions>(query: Query, declared: Declared<O>, name: string): Promise<Table> {
  const table = await declared.describe(query, name);
  if (table) return table;
  throw shapeError(
    declared.stream,
    `There is no table ${name}, or this user may not use its schema; check name and grants.`,
  );
}

function requireUnique(stream: string, table: Table, key: readonly string[]): void {
  if (!table.stored || table.unique.some((columns) => columns.every((column) => key.includes(column)))) return;
  throw shapeError(stream, `No primary key or unique index of ${table.name} says that ${key.join(' + ')} is unique.`);
}

function requireTimes(stream: string, table: Table, names: readonly string[]): void {
  const kinds = new Set(names.map((name) => table.columns.get(name)?.name.replace(/\(\d\)/, '')));
  const [kind] = kinds;
  if (kinds.size === 1 && /^(?:timestamp|datetime|date\b)/.test(kind ?? '')) return;
  throw shapeError(stream, `${table.name}: ${names.join(', ')} must be time stamps or dates, all of one type.`);
}

function isGiven(name: string | undefined): name is string {
  return name !== undefined;
}
