import type { JsonValue } from '@datastores/core/schema';
import { type Context, type Item, SystemError } from '../connector.ts';
import type { SharedOptions } from './options.ts';
import type { Domain, Field, Orm, Row } from './orm.ts';
import { idOf } from './record-id.ts';
import type { List, Shape } from './shape.ts';

/** One stream within one call of the engine. */
export interface Reading {
  readonly orm: Orm;
  readonly shape: Shape;
  readonly options: SharedOptions;
  readonly context: Context;
}

/** Records that meet conditions, in ascending order of their number. */
export async function readItems(reading: Reading, domains: readonly Domain[], limit: number): Promise<Item[]> {
  const { orm, shape, context } = reading;
  const { model, domain, fields, lists } = shape;
  const names = [...fields.keys(), ...lists.keys()];
  const wanted = orm.allOf([domain, ...domains]);
  const rows = await orm.read({ model, domain: wanted, fields: names, limit }, context);
  const children = new Map<string, ReadonlyMap<number, Row>>();
  for (const [name, list] of lists) children.set(name, await readChildren(reading, list, rows));
  return rows.map((row) => {
    const data: Record<string, JsonValue> = {};
    for (const field of fields.values()) data[field.name] = decode(reading, field, row);
    for (const [name, list] of lists) {
      const known = children.get(name);
      const own = childIds(row, name).flatMap((id) => known?.get(id) ?? []);
      data[name] = own.map((child) => ({
        id: String(child.id),
        ...Object.fromEntries([...list.fields.values()].map((field) => [field.name, decode(reading, field, child)])),
      }));
    }
    const version = orm.version(row);
    return { key: String(row.id), data, ...(version !== undefined && { version }) };
  });
}

/** Records by their keys; what is absent does not exist. */
export async function getItems(reading: Reading, keys: readonly string[]): Promise<Map<string, Item>> {
  const ids = [...new Set(keys)].flatMap((key) => idOf(key) ?? []);
  const found = new Map<string, Item>();
  const { pageSize } = reading.options;
  for (let at = 0; at < ids.length; at += pageSize) {
    const some = ids.slice(at, at + pageSize);
    for (const item of await readItems(reading, [[['id', 'in', some]]], some.length)) found.set(item.key, item);
  }
  return found;
}

/** The numbers of the children in a row as it was read. */
export function childIds(row: Row, name: string): number[] {
  const value = row[name];
  return Array.isArray(value) ? value.filter((id: JsonValue) => typeof id === 'number') : [];
}

async function readChildren(reading: Reading, list: List, rows: readonly Row[]): Promise<Map<number, Row>> {
  const ids = rows.flatMap((row) => childIds(row, list.field.name));
  const found = new Map<number, Row>();
  for (let at = 0; at < ids.length; at += CHILDREN_AT_ONCE) {
    const some = ids.slice(at, at + CHILDREN_AT_ONCE);
    const query = { model: list.model, domain: [['id', 'in', some]], fields: [...list.fields.keys()] };
    for (const row of await reading.orm.read({ ...query, limit: some.length }, reading.context)) found.set(row.id, row);
  }
  return found;
}

function decode({ orm, shape }: Reading, field: Field, row: Row): JsonValue {
  try {
    return orm.decode(field, row[field.name] ?? null);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SystemError('shape', `${shape.model} ${row.id}: ${field.name} ${error.message}.`);
  }
}

const CHILDREN_AT_ONCE = 1_000;
