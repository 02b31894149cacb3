import type { JsonValue } from '@datastores/core/schema';
import type { ExternalRecord } from '../connector.ts';
import { readValue } from './cell-value.ts';
import type { FieldOptions } from './format-options.ts';
import type { StreamOptions } from './options.ts';
import type { RawRow } from './raw-row.ts';
import { valueText } from './value-text.ts';

/** One record of a file: what it says about a key, or why it says nothing. */
export type Told =
  | { readonly is: 'put'; readonly key: string; readonly data: ExternalRecord }
  | { readonly is: 'delete'; readonly key: string }
  /** `key` is there where at least that could be read. */
  | { readonly is: 'fault'; readonly reason: string; readonly key?: string };

/** Reads the values of a row as the stream declares them. Deletions are told apart in a `delta` alone. */
export function tellRow(stream: StreamOptions, kind: 'full' | 'delta', row: RawRow): Told {
  const { values, fault } = row;
  if (!values) return { is: 'fault', reason: fault ?? 'cannot be read' };
  const key = keyOf(stream, values);
  if (key === null) return { is: 'fault', reason: `has no key in ${sourceOf(stream, stream.key)}` };
  if (fault !== undefined) return { is: 'fault', reason: fault, key };
  const operation = kind === 'delta' ? stream.inbox?.operation : undefined;
  if (operation) {
    const said = values[operation.field];
    if (said !== undefined && said !== null && operation.delete.includes(valueText(said))) return { is: 'delete', key };
  }
  const data = dataOf(stream, values, operation?.field);
  return 'fault' in data ? { is: 'fault', reason: data.fault, key } : { is: 'put', key, data: data.record };
}

/** The name that a field has in the files. */
export function sourceOf(stream: StreamOptions, field: string): string {
  return stream.fields?.[field]?.from ?? field;
}

/** Columns that every file of the stream must have. */
export function requiredColumns(stream: StreamOptions, kind: 'full' | 'delta'): string[] {
  const fields = Object.entries(stream.fields ?? {}).filter(([name, field]) => name !== stream.key && !field.optional);
  const operation = kind === 'delta' && stream.inbox?.operation ? [stream.inbox.operation.field] : [];
  return [...new Set([sourceOf(stream, stream.key), ...operation, ...fields.map(([name]) => sourceOf(stream, name))])];
}

/** The text of a key; numbers are taken as they are written. */
function keyOf(stream: StreamOptions, values: Readonly<Record<string, JsonValue>>): string | null {
  const given = values[sourceOf(stream, stream.key)];
  if (typeof given === 'number') return String(given);
  return typeof given === 'string' && given !== '' && !/\p{Surrogate}/u.test(given) ? given : null;
}

function dataOf(
  stream: StreamOptions,
  values: Readonly<Record<string, JsonValue>>,
  operation: string | undefined,
): { readonly record: ExternalRecord } | { readonly fault: string } {
  const { format, fields } = stream;
  if (!fields) {
    return { record: Object.fromEntries(Object.entries(values).filter(([name]) => name !== operation)) };
  }
  const record: [string, JsonValue][] = [];
  for (const [name, field] of Object.entries(fields) as [string, FieldOptions][]) {
    const given = values[field.from ?? name];
    if (given === undefined) continue;
    const converted = readValue(given, field, format);
    if ('fault' in converted) return { fault: `${name}: ${converted.fault}` };
    record.push([name, converted.value]);
  }
  return { record: Object.fromEntries(record) };
}
