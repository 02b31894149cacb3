import type { Query } from '../sql/session.ts';
import { type ChildShape, columnsOf, loadShape, type Shape, shapeError } from '../sql/shape.ts';
import type { Table } from '../sql/table.ts';
import { describeTable } from './catalog.ts';
import type { SlotNames } from './cdc/names.ts';
import { readState } from './cdc/state.ts';
import type { ChildOptions, StreamOptions } from './options.ts';

/** One stream as declared, with what PostgreSQL says of its tables. */
export interface PostgresShape extends Shape<StreamOptions> {
  /** Mode `cdc`: what tells of its changes; null: another mode. */
  readonly slot: SlotNames | null;
}

/** One stream of the options. */
export interface DeclaredStream {
  readonly options: StreamOptions;
  readonly names: SlotNames;
}

/** Child rows of a {@link PostgresShape}. */
export type PostgresChildShape = ChildShape<ChildOptions>;

/** Looks the tables of a stream up. Throws SystemError `shape` naming what is not as it was declared. */
export async function loadPostgresShape(query: Query, { options, names }: DeclaredStream): Promise<PostgresShape> {
  const { stream } = names;
  const slot = options.mode === 'cdc' ? names : null;
  const shape: PostgresShape = { ...(await loadShape(query, { stream, options, describe: describeTable })), slot };
  const { table } = shape;
  if (options.xid) requireXid8(stream, table, options.xid);
  if (options.mode === 'xmin' && !table.stored) {
    throw shapeError(stream, `${table.name} is not a table, so its rows have no xmin; use mode stamp or xid.`);
  }
  for (const child of shape.children) {
    if (child.options.xid) requireXid8(stream, child.table, child.options.xid);
  }
  if (slot !== null) await readState(query, slot, shape);
  return shape;
}

function requireXid8(stream: string, table: Table, name: string): void {
  const type = columnsOf(stream, table, [name])[0]?.name;
  if (type !== 'xid8') throw shapeError(stream, `${table.name}.${name} is of type ${type}; mode xid needs xid8.`);
}
