import type { JsonObject, JsonValue } from '@datastores/core/schema';
import { type ExternalRecord, type Item, SystemError } from '../connector.ts';
import { valueAt } from '../rest/dot-path.ts';
import type { StreamOptions } from './options.ts';

/** A record as an item. Throws SystemError `shape` if it is no record or has no key that could be told from others. */
export function toItem(stream: StreamOptions, record: JsonValue): Item {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw new SystemError('shape', `A record at ${stream.list.at} is no object.`);
  }
  const key = keyOf(stream, record as JsonObject);
  if (key === undefined) throw new SystemError('shape', `A record at ${stream.list.at} has no key at ${stream.key}.`);
  const version = stream.version === undefined ? undefined : valueAt(record, stream.version);
  // As JSON, so that it goes back as the type it was.
  const text = version === undefined || version === null ? undefined : JSON.stringify(version);
  return { key, data: record as ExternalRecord, ...(text !== undefined && { version: text }) };
}

/** The key of a record; undefined where it has none. */
export function keyOf(stream: StreamOptions, record: JsonValue): string | undefined {
  const key = valueAt(record, stream.key);
  if (typeof key === 'string' && key !== '') return key;
  return Number.isSafeInteger(key) ? String(key) : undefined;
}

/** A key as it is sent; undefined for a text that can be no key over there. */
export function sentKey({ numericKeys }: Pick<StreamOptions, 'numericKeys'>, key: string): string | number | undefined {
  // A text that is not well-formed is no text of GraphQL.
  if (key === '' || /\p{Surrogate}/u.test(key)) return undefined;
  if (!numericKeys) return key;
  if (!/^(?:0|-?[1-9]\d*)$/.test(key)) return undefined;
  // A number would lose digits; services that have such keys take them as texts.
  return Number.isSafeInteger(Number(key)) ? Number(key) : key;
}

/** True for a record that stands for a deletion. */
export function isTombstone(stream: StreamOptions, item: Item): boolean {
  const mark = stream.tombstone && valueAt(item.data as JsonValue, stream.tombstone);
  return mark !== undefined && mark !== null && mark !== false && mark !== '' && mark !== 0;
}
