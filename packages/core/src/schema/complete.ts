import type { DocumentSchema, JsonSchema } from './json-schema.ts';

/** Longest id of a document, in UTF-16 code units. */
export const MAX_ID_LENGTH = 128;

/** Longest value of an indexed string where the schema does not say. */
const INDEXED_STRING_LENGTH = 256;

/** Bounds of an indexed integer where the schema does not say: their distance stays below 2^53, so it can be indexed exactly. */
const INDEXED_INTEGER_BOUND = 4_000_000_000_000_000;

/**
 * The schema as replica and server use it: `id` added, objects closed, and for indexed fields the lengths and bounds
 * that storages need to build index keys. Says nothing that the declaration contradicts.
 */
export function completeSchema(
  schema: DocumentSchema,
  indexes: readonly (readonly string[])[],
): DocumentSchema & { readonly required: readonly string[] } {
  const indexed = new Set(indexes.flat());
  const properties: Record<string, JsonSchema> = { id: idSchema(schema.properties.id) };
  for (const [field, property] of Object.entries(schema.properties)) {
    if (field === 'id') continue;
    const closed = closeObjects(property);
    properties[field] = indexed.has(field) ? completeIndexed(closed) : closed;
  }
  return {
    type: 'object',
    properties,
    required: [...new Set(['id', ...(schema.required ?? [])])],
    additionalProperties: false,
  };
}

function idSchema(given: JsonSchema | undefined): JsonSchema {
  return { minLength: 1, maxLength: MAX_ID_LENGTH, ...given, type: 'string' };
}

function completeIndexed(property: JsonSchema): JsonSchema {
  if (property.type === 'string') return { maxLength: INDEXED_STRING_LENGTH, ...property };
  if (property.type === 'integer') {
    return { minimum: -INDEXED_INTEGER_BOUND, maximum: INDEXED_INTEGER_BOUND, multipleOf: 1, ...property };
  }
  return property;
}

function closeObjects(schema: JsonSchema): JsonSchema {
  const closed: { -readonly [K in keyof JsonSchema]: JsonSchema[K] } = { ...schema };
  if (schema.properties !== undefined) {
    closed.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([field, property]) => [field, closeObjects(property)]),
    );
    closed.additionalProperties = schema.additionalProperties ?? false;
  }
  if (schema.items !== undefined) closed.items = closeObjects(schema.items);
  if (schema.anyOf !== undefined) closed.anyOf = schema.anyOf.map(closeObjects);
  if (schema.oneOf !== undefined) closed.oneOf = schema.oneOf.map(closeObjects);
  return closed;
}
