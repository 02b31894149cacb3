import type { JsonValue } from '@datastores/core/schema';
import { type ExternalRecord, type Item, SystemError } from '../connector.ts';
import type { StreamOptions } from './options.ts';
import { keyOf } from './record-key.ts';

/** A record as the service sends it, with its annotations. */
export type RawRecord = Readonly<Record<string, JsonValue>>;

/** A record of a service as an item, without annotations. Throws SystemError `shape` if it has no key. */
export function toItem(stream: StreamOptions, record: RawRecord, headers?: Headers): Item {
  const key = keyOf(stream, record);
  if (key === null) {
    const names = stream.key.map(({ name }) => name).join(', ');
    throw new SystemError('shape', `A record of ${stream.set} has no key (${names}); correct the declared key.`);
  }
  const etag = annotationOf(record, 'etag') ?? headers?.get('etag') ?? undefined;
  const version = stream.guard && typeof etag === 'string' ? { version: etag } : {};
  return { key, data: withoutAnnotations(record) as ExternalRecord, ...version };
}

/** True for a record that stands for a deletion. */
export function isTombstone({ changes }: StreamOptions, item: Item): boolean {
  const mark = changes?.by === 'stamp' && changes.tombstone !== undefined ? item.data[changes.tombstone] : undefined;
  return mark !== undefined && mark !== null && mark !== false && mark !== '' && mark !== 0;
}

/** An annotation of the protocol, as it is called in 4.0 or in 4.01. */
export function annotationOf(record: RawRecord, name: string): JsonValue | undefined {
  return record[`@odata.${name}`] ?? record[`@${name}`];
}

/** A JSON object, or SystemError `shape`. */
export function objectOf(value: JsonValue | undefined, what: string): RawRecord {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as RawRecord;
  throw new SystemError('shape', `${what} is no JSON object; is serviceRoot that of an OData v4 service?`);
}

/** Nested records have annotations too, and those of a child change without the record. */
function withoutAnnotations(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((entry: JsonValue) => withoutAnnotations(entry));
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).filter(([name]) => !name.includes('@'));
  return Object.fromEntries(own.map(([name, inner]) => [name, withoutAnnotations(inner as JsonValue)]));
}
