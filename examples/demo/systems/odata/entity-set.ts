import type * as z from 'zod';
import type { RecordTable, StoredRecord } from '../record-table.ts';
import { Refusal } from '../refusal.ts';
import { parseFilter } from './filter.ts';

/** Records of one kind, as an OData service offers them. */
export interface EntitySet {
  readonly name: string;
  /** Properties in the order of the metadata, with their Edm types; the first is the key. */
  readonly properties: readonly (readonly [name: string, type: string])[];
  list(query: Readonly<Record<string, string>>): { readonly value: readonly object[]; readonly next: string | null };
  /** Throws Refusal 404. */
  read(key: string): Shown;
  /** Throws Refusal 404, 412 for another ETag, 400 for fields that are not so. */
  change(key: string, ifMatch: string | undefined, patch: unknown): Shown;
  remove(key: string, ifMatch: string | undefined): void;
}

/** A record with its ETag. */
export interface Shown {
  readonly etag: string;
  readonly record: object;
}

/** What is particular to one set. */
export interface EntitySetParts<T extends object> {
  readonly name: string;
  readonly key: string;
  /** Property with the time of the last change. */
  readonly stamp: string;
  /** Property that says that a record is deleted. */
  readonly tombstone: string;
  readonly table: RecordTable<T>;
  /** The fields that may be written. */
  readonly fields: z.ZodObject;
}

/** Makes a set of a table. Lists hold deleted records, too; single reads do not find them. */
export function entitySet<T extends object>(parts: EntitySetParts<T>): EntitySet {
  const { name, key, stamp, tombstone, table } = parts;
  const own: [string, string][] = Object.keys(parts.fields.shape).map((field) => [
    field,
    `json_extract(body, '$.${field}')`,
  ]);
  const columns = new Map([[key, 'key'], ...own, [stamp, 'modified_at'], [tombstone, 'deleted']]);
  const orders: Readonly<Record<string, string>> = { [key]: 'key', [`${stamp},${key}`]: 'modified_at, key' };
  const show = (record: StoredRecord<T>): Shown => {
    const etag = `W/"${record.version}"`;
    const marks = { [stamp]: record.modifiedAt, [tombstone]: record.deleted };
    return { etag, record: { '@odata.etag': etag, [key]: record.key, ...record.body, ...marks } };
  };
  const found = (id: string, ifMatch?: string): StoredRecord<T> => {
    const record = table.get(id);
    if (record === null) throw new Refusal(404, `There is no ${name} ${id}.`);
    if (ifMatch === undefined || ifMatch === '*' || ifMatch === show(record).etag) return record;
    throw new Refusal(412, `${id} has changed.`);
  };
  return {
    name,
    properties: [...columns].map(([property]) => [property, typeOf(property, parts)]),
    list(query) {
      const { $filter, $orderby = key, $top = String(PAGE), $skiptoken, ...others } = query;
      const [unknown] = Object.keys(others);
      if (unknown !== undefined) throw new Refusal(501, `${unknown} is not offered.`);
      const orderBy = orders[$orderby.replaceAll(' asc', '').replaceAll(' ', '')];
      if (orderBy === undefined) throw new Refusal(501, `Sort by ${Object.keys(orders).join(' or by ')}.`);
      if (!/^\d{1,6}$/.test($top)) throw new Refusal(400, '$top must be a whole number.');
      const wanted = $filter === undefined ? { sql: 'TRUE', values: [] } : parseFilter($filter, { columns });
      const after = $skiptoken === undefined ? null : lastOf($skiptoken, orderBy);
      const behind = after === null ? 'TRUE' : `(${orderBy}) > (${after.map(() => '?').join(', ')})`;
      const limit = Math.min(Number($top), PAGE);
      const records = table.select({
        where: `${wanted.sql} AND ${behind}`,
        values: [...wanted.values, ...(after ?? [])],
        orderBy,
        limit: limit + 1,
      });
      const value = records.slice(0, limit).map((record) => show(record).record);
      const last = records[limit - 1];
      const more = records.length > limit && limit < Number(query.$top ?? Number.POSITIVE_INFINITY);
      return { value, next: more && last ? tokenOf(last, orderBy) : null };
    },
    read: (id) => show(found(id)),
    change(id, ifMatch, patch) {
      const record = found(id, ifMatch);
      const checked = parts.fields.partial().safeParse(patch);
      if (checked.success) return show(table.put(record.key, { ...record.body, ...checked.data }));
      const [issue] = checked.error.issues;
      const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('/');
      throw new Refusal(400, `${field}: ${issue?.message}`, field);
    },
    remove: (id, ifMatch) => void table.bury(found(id, ifMatch).key),
  };
}

function typeOf<T extends object>(property: string, { stamp, tombstone, fields }: EntitySetParts<T>): string {
  if (property === stamp) return 'Edm.DateTimeOffset';
  if (property === tombstone) return 'Edm.Boolean';
  const field = fields.shape[property];
  return field?.safeParse(0).success ? 'Edm.Int32' : 'Edm.String';
}

/** A page goes on behind its last record, wherever that is by then. */
function tokenOf(last: StoredRecord<unknown>, orderBy: string): string {
  const place = orderBy === 'key' ? [last.key] : [last.modifiedAt, last.key];
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function lastOf(token: string, orderBy: string): readonly string[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    const count = orderBy.split(',').length;
    if (Array.isArray(place) && place.length === count && place.every((part) => typeof part === 'string')) return place;
  } catch {
    // Said below.
  }
  throw new Refusal(400, 'The $skiptoken is not of this service.');
}

const PAGE = 500;
