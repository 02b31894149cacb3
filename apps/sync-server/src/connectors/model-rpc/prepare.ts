import type { JsonValue } from '@datastores/core/schema';
import type { ExternalRecord, Outcome } from '../connector.ts';
import type { Children, Field, Orm } from './orm.ts';
import { relatedIds } from './record-id.ts';
import type { List, Shape } from './shape.ts';

/** The values of a write as they are sent. */
export interface Prepared {
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly fields: readonly Field[];
}

/** The related records that a record has now, by field; empty for a record that is created. */
export type Related = Readonly<Record<string, readonly number[]>>;

/** True for a field whose new value depends on what is there. */
export function isList(field: Field): boolean {
  return field.type === 'one2many' || field.type === 'many2many';
}

/** Encodes a record. A field that is not declared, or cannot take its value, makes it rejected. */
export function prepare(
  orm: Orm,
  shape: Shape,
  { data, related }: { readonly data: ExternalRecord; readonly related: Related },
): Prepared | Extract<Outcome, { is: 'rejected' }> {
  const values: Record<string, JsonValue> = {};
  const fields: Field[] = [];
  for (const [name, value] of Object.entries(data)) {
    const list = shape.lists.get(name);
    const field = list?.field ?? shape.fields.get(name);
    if (!field) return { is: 'rejected', reason: `${name} is not among the declared fields.`, field: name };
    try {
      const current = related[name] ?? [];
      values[name] = list
        ? orm.nest(childrenOf(orm, list, { value, current }))
        : isList(field)
          ? orm.relate(field, relatedIds(value), current)
          : orm.encode(field, value);
      fields.push(field);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return { is: 'rejected', reason: `${name} ${error.message}.`, field: name };
    }
  }
  return { values, fields };
}

interface Wanted {
  readonly value: JsonValue;
  readonly current: readonly number[];
}

function childrenOf(orm: Orm, list: List, { value, current }: Wanted): Children {
  if (value !== null && !Array.isArray(value)) throw new TypeError('must be a list of children');
  const created: Record<string, JsonValue>[] = [];
  const changed = new Map<number, Record<string, JsonValue>>();
  for (const entry of value ?? []) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw new TypeError('must hold objects, one for each child');
    }
    const { id, ...rest } = entry as ExternalRecord;
    const values = Object.fromEntries(Object.entries(rest).map((child) => encodeChild(orm, list, child)));
    const known = current.find((one) => String(one) === String(id));
    // A child that somebody deleted meanwhile is made again: the list is to be as it was sent.
    if (known === undefined) created.push(values);
    else changed.set(known, values);
  }
  return {
    created,
    changed: [...changed].map(([id, values]) => ({ id, values })),
    removed: current.filter((id) => !changed.has(id)),
  };
}

function encodeChild(orm: Orm, list: List, [name, value]: readonly [string, JsonValue]): readonly [string, JsonValue] {
  const field = list.fields.get(name);
  if (!field) throw new TypeError(`has a child with ${name}, which is not among its declared fields`);
  if (isList(field)) throw new TypeError(`has a child with the list ${name}, which is not written`);
  try {
    return [name, orm.encode(field, value)];
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(`has a child whose ${name} ${error.message}`);
  }
}
