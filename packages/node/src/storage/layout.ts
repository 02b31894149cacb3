import type { JsonSchema, RxJsonSchema } from 'rxdb';
import { getPrimaryFieldOfPrimaryKey, getSchemaByObjectPath } from 'rxdb';
import { objectPathMonad } from 'rxdb/plugins/utils';
import { type SqlValue, sortKey } from './sort-key.ts';

/** A path of the documents that SQL can compare: which column holds it. `flag` columns hold 0 or 1, `key` columns sort keys. */
export interface Column {
  readonly path: string;
  readonly name: string;
  readonly kind: 'key' | 'flag';
  /** How many different values a large collection is taken to have here. */
  readonly distinct: number;
}

/** How the documents of one schema lie in a table: fixed columns, one key column per indexed path, one index per schema index. */
export interface Layout {
  readonly primaryPath: string;
  /** The primary key of one document. */
  readonly idOf: (document: object) => string;
  /** Paths of the key columns `k0`, `k1`, … in this order. */
  readonly keyPaths: readonly string[];
  readonly columns: ReadonlyMap<string, Column>;
  /** Column names of each index. */
  readonly indexes: readonly (readonly string[])[];
  /** The column of each name. */
  readonly byName: ReadonlyMap<string, Column>;
  /** The values of the key columns of one document. */
  readonly keysOf: (document: object) => SqlValue[];
}

const MANY = 5_000;

const SCALARS = new Set(['string', 'number', 'integer', 'boolean', 'null']);

/**
 * Lays out the table of a schema as RxDB hands it to a storage (filled with RxDB's own fields and indexes). `known` are the
 * key paths a table already has: they keep their columns, new ones are appended.
 */
export function layoutOf(schema: Readonly<RxJsonSchema<never>>, known: readonly string[] = []): Layout {
  const primaryPath: string = getPrimaryFieldOfPrimaryKey(schema.primaryKey);
  const fixed: Column[] = [
    { path: primaryPath, name: 'id', kind: 'key', distinct: Number.POSITIVE_INFINITY },
    { path: '_deleted', name: 'deleted', kind: 'flag', distinct: 1 },
    { path: '_meta.lwt', name: 'lwt', kind: 'key', distinct: MANY },
  ];
  const indexes = (schema.indexes ?? []).map((index) => (typeof index === 'string' ? [index] : index));
  const fixedPaths = new Set(fixed.map((column) => column.path));
  const wanted = indexes.flat().filter((path) => !fixedPaths.has(path) && isScalar(schema, path));
  const keyPaths = [...new Set([...known, ...wanted])];
  const keyColumns = keyPaths.map(
    (path, at): Column => ({ path, name: `k${at}`, kind: 'key', distinct: distinctValues(schema, path) }),
  );
  const all = [...fixed, ...keyColumns];
  const columns = new Map(all.map((column) => [column.path, column]));
  const getters = keyPaths.map((path) => objectPathMonad<object>(path));
  return {
    primaryPath,
    idOf: objectPathMonad<object, string>(primaryPath),
    keyPaths,
    columns,
    byName: new Map(all.map((column) => [column.name, column])),
    indexes: indexes
      .map((index) => leadingColumns(index, columns))
      .filter((index) => index.length > 0 && !isNeedless(index)),
    keysOf: (document) => getters.map((get) => sortKey(get(document))),
  };
}

/** A path that may hold an array or object has no place in the order of an index: such fields are left to RxDB's matcher. */
function isScalar(schema: Readonly<RxJsonSchema<never>>, path: string): boolean {
  const part: JsonSchema | undefined = getSchemaByObjectPath(schema, path);
  const types = part?.type === undefined ? [] : [part.type].flat();
  return types.length > 0 && types.every((type) => SCALARS.has(type));
}

function distinctValues(schema: Readonly<RxJsonSchema<never>>, path: string): number {
  const part: JsonSchema | undefined = getSchemaByObjectPath(schema, path);
  if (part?.type === 'boolean') return 2;
  return part?.enum?.length ?? MANY;
}

/**
 * RxDB gives each schema an index by time of writing, for storages that cannot say what was written after what, and one
 * by id, which the primary key is already.
 */
function isNeedless([first, second, third]: readonly string[]): boolean {
  return first === 'lwt' || second === 'lwt' || (first === 'deleted' && second === 'id' && third === undefined);
}

function leadingColumns(index: readonly string[], columns: ReadonlyMap<string, Column>): string[] {
  const names = index.map((path) => columns.get(path)?.name);
  const end = names.indexOf(undefined);
  return names.slice(0, end === -1 ? names.length : end).filter((name) => name !== undefined);
}
