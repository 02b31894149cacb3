import type { DocumentSchema, JsonSchema } from './json-schema.ts';
import { FORMATS, OF_TYPE } from './reserved.ts';

/** Longest id of a document, in UTF-16 code units. */
export const MAX_ID_LENGTH = 128;

/** Longest value of an indexed string where the schema does not say. */
const INDEXED_STRING_LENGTH = 256;

/** Bounds of an indexed integer where the schema does not say: their distance stays below 2^53, so it can be indexed exactly. */
const INDEXED_INTEGER_BOUND = 4_000_000_000_000_000;

/**
 * The schema as replica and server use it: `id` added, objects closed, and for indexed fields the lengths and bounds
 * that storages need to build index keys. Says nothing that the declaration contradicts. Annotations other than
 * `description` and `default` are left out, and a list of types is written as `anyOf`, as strict validators want it.
 */
export function completeSchema(
  schema: DocumentSchema,
  indexes: readonly (readonly string[])[],
): DocumentSchema & { readonly required: readonly string[] } {
  const indexed = new Set(indexes.flat());
  const properties: Record<string, JsonSchema> = { id: idSchema(schema.properties.id) };
  for (const [field, property] of Object.entries(schema.properties)) {
    if (field === 'id') continue;
    const completed = completeValue(property);
    properties[field] = indexed.has(field) ? completeIndexed(completed) : completed;
  }
  return {
    type: 'object',
    properties,
    required: [...new Set(['id', ...(schema.required ?? [])])],
    additionalProperties: false,
  };
}

type Writable = { -readonly [K in keyof JsonSchema]: JsonSchema[K] };

function idSchema(given: JsonSchema | undefined): JsonSchema {
  return {
    minLength: 1,
    maxLength: MAX_ID_LENGTH,
    ...(given === undefined ? {} : completeValue(given)),
    type: 'string',
  };
}

function completeIndexed(property: JsonSchema): JsonSchema {
  if (property.type === 'string') return { ...property, maxLength: property.maxLength ?? lengthOf(property) };
  if (property.type !== 'integer') return property;
  const { minimum, maximum, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = property;
  return {
    ...property,
    minimum: Math.max(minimum ?? -Infinity, exclusiveMinimum + 1, -INDEXED_INTEGER_BOUND),
    maximum: Math.min(maximum ?? Infinity, exclusiveMaximum - 1, INDEXED_INTEGER_BOUND),
    multipleOf: property.multipleOf ?? 1,
  };
}

function lengthOf({ enum: values, const: value }: JsonSchema): number {
  const allowed = values ?? (value === undefined ? [] : [value]);
  const longest = Math.max(0, ...allowed.map((one) => String(one).length));
  return longest === 0 ? INDEXED_STRING_LENGTH : longest;
}

const KEPT = [
  ...(['description', 'required', 'propertyNames', 'enum', 'const', 'format', 'pattern', 'minLength'] as const),
  ...(['maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minItems'] as const),
  ...(['maxItems', 'uniqueItems', 'default', 'additionalProperties'] as const),
];

function completeValue(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.type)) return completeTypes(schema, schema.type);
  const completed: Writable = schema.type === undefined ? {} : { type: schema.type };
  for (const keyword of KEPT) {
    if (schema[keyword] !== undefined) Object.assign(completed, { [keyword]: schema[keyword] });
  }
  // A format unknown to the validator is refused unless a pattern says the same, as generators write it.
  if (completed.format !== undefined && !FORMATS.has(completed.format)) delete completed.format;
  if (schema.properties !== undefined) {
    completed.type ??= 'object';
    completed.properties = mapValues(schema.properties, completeValue);
    completed.additionalProperties = schema.additionalProperties ?? false;
  }
  if (typeof completed.additionalProperties === 'object') {
    completed.additionalProperties = completeValue(completed.additionalProperties);
  }
  if (schema.items !== undefined) completed.items = completeValue(schema.items);
  if (schema.anyOf !== undefined) completed.anyOf = schema.anyOf.map(completeValue);
  if (schema.oneOf !== undefined) completed.oneOf = schema.oneOf.map(completeValue);
  return completed;
}

function completeTypes(schema: JsonSchema, types: readonly unknown[]): JsonSchema {
  const { description, default: value, enum: allowed, const: only } = schema;
  const choices = types.map((type) => {
    const kept = (OF_TYPE[String(type)] ?? []).filter((keyword) => schema[keyword] !== undefined);
    return completeValue({
      type,
      ...Object.fromEntries(kept.map((keyword) => [keyword, schema[keyword]])),
    } as JsonSchema);
  });
  const outer = { description, default: value, enum: allowed, const: only };
  const given = Object.fromEntries(Object.entries(outer).filter(([, one]) => one !== undefined));
  return choices.length === 1 && Object.keys(given).length === 0
    ? (choices[0] as JsonSchema)
    : { ...given, anyOf: choices };
}

function mapValues<T, R>(object: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
