import type { JsonValue } from '@datastores/core/schema';
import { type ExternalRecord, type Item, SystemError } from '../connector.ts';
import { valueAt } from './dot-path.ts';
import type { StreamOptions } from './options.ts';

/** A record of a service as an item. Throws SystemError `shape` if it is no record or has no key. */
export function toItem(stream: StreamOptions, record: JsonValue | undefined, headers?: Headers): Item {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw new SystemError('shape', `A record of ${stream.path} is no JSON object.`);
  }
  const key = valueAt(record, stream.key);
  if (typeof key !== 'string' && typeof key !== 'number') {
    throw new SystemError('shape', `A record of ${stream.path} has no key at ${stream.key}.`);
  }
  const version = versionOf(stream, record, headers);
  return { key: String(key), data: record as ExternalRecord, ...(version !== undefined && { version }) };
}

/** True for a record that stands for a deletion. */
export function isTombstone(stream: StreamOptions, item: Item): boolean {
  const mark = stream.tombstone && valueAt(item.data as JsonValue, stream.tombstone.field);
  return mark !== undefined && mark !== null && mark !== false && mark !== '' && mark !== 0;
}

/** The header or field that makes a write conditional on a version; nothing where the service has no guard. */
export function guardOf(stream: StreamOptions, version: string | undefined): Guard {
  if (version === undefined || !stream.guard) return { headers: {}, fields: {} };
  if (stream.guard === 'etag') return { headers: { 'if-match': version }, fields: {} };
  return { headers: {}, fields: { [stream.guard.field]: JSON.parse(version) as JsonValue } };
}

/** See {@link guardOf}. */
export interface Guard {
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: ExternalRecord;
}

/** An ETag as it came; the value of a field as JSON, so that it goes back as the type it was. */
function versionOf(stream: StreamOptions, record: JsonValue, headers: Headers | undefined): string | undefined {
  if (stream.guard === 'etag') return headers?.get('etag') ?? undefined;
  const value = stream.guard && valueAt(record, stream.guard.field);
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}
