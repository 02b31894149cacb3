import { escapeIdentifier } from 'pg';
import { SystemError } from '../connector.ts';
import { type Column, describeTable, type Table } from './catalog.ts';
import type { ChildOptions, StreamOptions } from './options.ts';
import type { Query } from './session.ts';

/** One stream as declared, with what the database says of its tables. */
export interface Shape {
  readonly options: StreamOptions;
  readonly table: Table;
  readonly key: readonly Column[];
  /** Columns that are record fields. */
  readonly columns: readonly Column[];
  readonly children: readonly ChildShape[];
}

/** Child rows that are a list in the record. */
export interface ChildShape {
  readonly field: string;
  readonly options: ChildOptions;
  readonly table: Table;
  readonly key: readonly Column[];
  readonly foreignKey: readonly Column[];
  readonly columns: readonly Column[];
}

/** Looks the tables of a stream up. Throws SystemError `shape` naming a table or column that is not there. */
export async function loadShape(query: Query, stream: string, options: StreamOptions): Promise<Shape> {
  const table = await tableOf(query, stream, options.table);
  const key = columnsOf(stream, table, options.key);
  requireUnique(stream, table, options.key);
  columnsOf(stream, table, [options.stamp, options.xid, options.version, options.ref].flat().filter(isGiven));
  if (options.xid) requireXid8(stream, table, options.xid);
  if (options.stamp) requireTimes(stream, table, options.stamp);
  if (options.mode === 'xmin' && !table.stored) {
    throw shapeError(stream, `${table.name} is not a table, so its rows have no xmin; use mode stamp or xid.`);
  }
  const children: ChildShape[] = [];
  for (const [field, child] of Object.entries(options.children ?? {})) {
    children.push(await loadChild(query, stream, { field, child, parent: table }));
  }
  const columns = options.columns ? columnsOf(stream, table, options.columns) : [...table.columns.values()];
  return { options, table, key, columns, children };
}

/** The quoted name of a schema-qualified table. */
export function quoteTable(name: string): string {
  return name.split('.').map(escapeIdentifier).join('.');
}

/** `alias."column"`. */
export function quoteColumn(alias: string, column: Column): string {
  return `${alias}.${escapeIdentifier(column.column)}`;
}

interface ChildDeclaration {
  readonly field: string;
  readonly child: ChildOptions;
  readonly parent: Table;
}

async function loadChild(query: Query, stream: string, declared: ChildDeclaration): Promise<ChildShape> {
  const { field, child, parent } = declared;
  if (parent.columns.has(field)) {
    throw shapeError(stream, `${parent.name} has a column ${field}; give its child rows another field name.`);
  }
  const table = await tableOf(query, stream, child.table);
  const foreignKey = columnsOf(stream, table, child.foreignKey);
  const key = columnsOf(stream, table, child.key);
  columnsOf(stream, table, [child.orderBy, child.stamp, child.xid].flat().filter(isGiven));
  if (child.xid) requireXid8(stream, table, child.xid);
  if (child.stamp) requireTimes(stream, table, [child.stamp]);
  requireUnique(stream, table, [...child.foreignKey, ...child.key]);
  const own = [...table.columns.values()].filter((column) => !child.foreignKey.includes(column.column));
  const columns = child.columns ? columnsOf(stream, table, child.columns) : own;
  return { field, options: child, table, key, foreignKey, columns };
}

async function tableOf(query: Query, stream: string, name: string): Promise<Table> {
  const table = await describeTable(query, name);
  if (table) return table;
  throw shapeError(stream, `There is no table ${name}, or this user may not use its schema; check name and grants.`);
}

function columnsOf(stream: string, table: Table, names: readonly string[]): Column[] {
  return names.map((name) => {
    const column = table.columns.get(name);
    if (column) return column;
    const there = [...table.columns.keys()].join(', ');
    throw shapeError(stream, `${table.name} has no column ${name}; it has ${there}.`);
  });
}

function requireUnique(stream: string, table: Table, key: readonly string[]): void {
  if (!table.stored || table.unique.some((columns) => columns.every((column) => key.includes(column)))) return;
  throw shapeError(stream, `No primary key or unique index of ${table.name} says that ${key.join(' + ')} is unique.`);
}

function requireXid8(stream: string, table: Table, name: string): void {
  const type = table.columns.get(name)?.name;
  if (type !== 'xid8') throw shapeError(stream, `${table.name}.${name} is of type ${type}; mode xid needs xid8.`);
}

function requireTimes(stream: string, table: Table, names: readonly string[]): void {
  const kinds = new Set(names.map((name) => table.columns.get(name)?.name.replace(/\(\d\)/, '')));
  const [kind] = kinds;
  if (kinds.size === 1 && (kind?.startsWith('timestamp') || kind === 'date')) return;
  throw shapeError(stream, `${table.name}: ${names.join(', ')} must be time stamps or dates, all of one type.`);
}

function shapeError(stream: string, message: string): SystemError {
  return new SystemError('shape', `Stream ${stream}: ${message}`);
}

function isGiven(name: string | undefined): name is string {
  return name !== undefined;
}
