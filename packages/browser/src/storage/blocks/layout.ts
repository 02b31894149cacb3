import { getPrimaryFieldOfPrimaryKey, getSchemaByObjectPath, type JsonSchema, type RxJsonSchema } from 'rxdb';
import { objectPathMonad } from 'rxdb/plugins/utils';
import { type KeyValue, keyValue } from './value-order.ts';

/** How the documents of a schema are indexed. */
export interface Layout {
  readonly primaryPath: string;
  readonly idOf: (document: object) => string;
  /** Indexed paths that have a column of their own, in the order of the columns. */
  readonly keyPaths: readonly string[];
  /** The values of those columns. */
  readonly keysOf: (document: object) => KeyValue[];
  /** The paths of each index of the schema, as far as they have columns. */
  readonly indexes: readonly (readonly string[])[];
}

const SCALARS: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'null']);

/** Lays out the columns of a schema as RxDB hands it to a storage, filled with RxDB's own fields and indexes. */
export function layoutOf(schema: Readonly<RxJsonSchema<never>>): Layout {
  const primaryPath: string = getPrimaryFieldOfPrimaryKey(schema.primaryKey);
  const fixed = new Set([primaryPath, '_deleted', '_meta.lwt']);
  const given = (schema.indexes ?? []).map((index) => (typeof index === 'string' ? [index] : [...index]));
  const keyPaths = [...new Set(given.flat())].filter((path) => !fixed.has(path) && isScalar(schema, path));
  const known = new Set([...fixed, ...keyPaths]);
  const getters = keyPaths.map((path) => objectPathMonad<object>(path));
  return {
    primaryPath,
    idOf: objectPathMonad<object, string>(primaryPath),
    keyPaths,
    keysOf: (document) => getters.map((get) => keyValue(get(document))),
    indexes: given.map((index) => leading(index, known)),
  };
}

/** A path that may hold a list or an object has no place in an order: such fields are left to RxDB's matcher. */
function isScalar(schema: Readonly<RxJsonSchema<never>>, path: string): boolean {
  const part: JsonSchema | undefined = getSchemaByObjectPath(schema, path);
  const types = part?.type === undefined ? [] : [part.type].flat();
  return types.length > 0 && types.every((type) => SCALARS.has(type));
}

function leading(index: readonly string[], known: ReadonlySet<string>): readonly string[] {
  const end = index.findIndex((path) => !known.has(path));
  return end === -1 ? index : index.slice(0, end);
}
