import type { JsonValue } from '@datastores/core/schema';
import { SystemError } from '../connector.ts';
import type { Field, Row } from './orm.ts';

/** The rows in an answer. Throws SystemError `shape` where there are none. */
export function rowsIn(result: JsonValue, model: string): Row[] {
  if (!Array.isArray(result)) throw new SystemError('shape', `The answer for ${model} is no list of records.`);
  return result.map((row: JsonValue) => {
    if (isObject(row) && typeof row.id === 'number') return row as Row;
    throw new SystemError('shape', `A record of ${model} has no id.`);
  });
}

/** The whole numbers in an answer: keys. Throws SystemError `shape` where there are none. */
export function wholeNumbers(result: JsonValue, model: string): number[] {
  const ids = Array.isArray(result) ? (result as readonly JsonValue[]) : [result];
  if (ids.every((id) => typeof id === 'number')) return ids.map(Number);
  throw new SystemError('shape', `The answer for ${model} is no list of keys.`);
}

/** The fields in the answer of `fields_get`. Throws SystemError `shape` where there are none. */
export function describeFields(result: JsonValue, model: string): Map<string, Field> {
  if (!isObject(result)) throw new SystemError('shape', `The answer for ${model} describes no fields.`);
  return new Map(
    Object.entries(result).map(([name, definition]) => {
      const { type, string, relation, size } = isObject(definition ?? null)
        ? (definition as Described)
        : ({} as Described);
      const label = typeof string === 'string' ? string : name;
      const field: Field = {
        name,
        label,
        type: String(type ?? ''),
        ...(typeof relation === 'string' && { relation }),
        ...(typeof size === 'number' && { size }),
      };
      return [name, field];
    }),
  );
}

type Described = Readonly<Record<string, JsonValue>>;

/** True for a JSON object. */
export function isObject(value: JsonValue): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
