import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import { checkDeclaration, schemaInvalid } from './check.ts';
import { completeSchema } from './complete.ts';
import type { Document, JsonDocument } from './document.ts';
import type { ConflictPolicy, FieldRule } from './field-rule.ts';
import type { DocumentSchema, FromSchema } from './json-schema.ts';
import { issuesOf, schemaFaults } from './validate.ts';

/** How a document of schema version n−1 becomes one of version n, and back for replicas that are still on n−1. */
export interface VersionStep {
  readonly up: (document: JsonDocument) => JsonDocument;
  readonly down: (document: JsonDocument) => JsonDocument;
}

/** What a datastore is: the one declaration that replica, protocol, store and bindings are derived from. */
export interface DatastoreDeclaration<Field extends string = string, N extends string = string> {
  /** Lower-case name, e.g. `product`. It is the name of the collection, on the wire, and in the store. */
  readonly name: N;
  /** Version of the schema, starting at 0. */
  readonly version?: number;
  /** Fields (or lists of fields) that are queried and sorted by. They must be required scalars. */
  readonly indexes?: readonly (Field | readonly (Field | 'id')[])[];
  /** Text fields that search looks through. */
  readonly search?: readonly Field[];
  /** Rules of single fields. */
  readonly fields?: { readonly [F in Field]?: FieldRule };
  /** Who wins a field that both sides changed, where the field has no rule of its own. Default `server-wins`. */
  readonly conflict?: ConflictPolicy;
  /** One step for each version from 1 to `version`. */
  readonly versions?: Readonly<Record<number, VersionStep>>;
}

/** A checked declaration, completed with what indexes and storages need. Immutable. */
export interface Datastore<D extends Document = Document, N extends string = string> {
  readonly name: N;
  readonly version: number;
  /** Closed (no unknown fields), with lengths and bounds filled in for indexed fields. */
  readonly schema: DocumentSchema & { readonly required: readonly string[] };
  readonly indexes: readonly (readonly string[])[];
  readonly search: readonly string[];
  readonly fields: Readonly<Record<string, FieldRule>>;
  readonly conflict: ConflictPolicy;
  readonly versions: Readonly<Record<number, VersionStep>>;
  /** Carries the type of the documents; never set. */
  readonly '~document'?: D;
}

/** The type of the documents of a datastore. */
export type DocumentOf<T> = T extends Datastore<infer D> ? D : never;

/**
 * Declares a datastore from a JSON Schema written `as const`, or from any schema that offers Standard JSON Schema
 * (zod 4, arktype, …). What RxDB or IndexedDB would refuse later is completed here (lengths and bounds of indexed fields)
 * or refused here, with SCHEMA_INVALID and a message that says what to write.
 */
export function defineDatastore<const S extends DocumentSchema, const N extends string>(
  declaration: DatastoreDeclaration<Extract<keyof S['properties'], string>, N> & { readonly schema: S },
): Datastore<Extract<FromSchema<S>, Document>, N>;
export function defineDatastore<D extends Document, const N extends string>(
  declaration: DatastoreDeclaration<Extract<keyof D, string>, N> & {
    readonly schema: StandardJSONSchemaV1<unknown, D>;
  },
): Datastore<D, N>;
export function defineDatastore(
  declaration: DatastoreDeclaration & { readonly schema: DocumentSchema | StandardJSONSchemaV1 },
): Datastore {
  const indexes = (declaration.indexes ?? []).map((index) => (typeof index === 'string' ? [index] : [...index]));
  const given = jsonSchemaOf(declaration.name, declaration.schema);
  const rules = Object.entries({ ...declaration.fields } as Record<string, FieldRule>);
  const fields = Object.fromEntries(rules.map(([field, rule]) => [field, { ...rule }]));
  checkDeclaration({ ...declaration, schema: given, indexes, fields });
  const datastore: Datastore = {
    name: declaration.name,
    version: declaration.version ?? 0,
    schema: structuredClone(completeSchema(given, indexes)),
    indexes,
    search: [...(declaration.search ?? [])],
    fields,
    conflict: declaration.conflict ?? 'server-wins',
    versions: Object.freeze({ ...declaration.versions }),
  };
  const faults = schemaFaults(datastore.schema);
  if (faults.length > 0) throw schemaInvalid(datastore.name, faults);
  checkDefaults(datastore);
  return deepFreeze(datastore);
}

function jsonSchemaOf(name: string, schema: DocumentSchema | StandardJSONSchemaV1): DocumentSchema {
  if (schema === null || schema === undefined || !('~standard' in schema)) return schema;
  const converter = schema['~standard'].jsonSchema;
  if (typeof converter?.output !== 'function') {
    throw schemaInvalid(name, [
      'The schema library does not offer Standard JSON Schema; use zod 4.2 or newer, or write a JSON Schema.',
    ]);
  }
  try {
    return converter.output({ target: 'draft-07' }) as unknown as DocumentSchema;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw schemaInvalid(name, [
      `The schema cannot be written as JSON Schema (${reason}); use what JSON holds, e.g. z.iso.datetime() for a date.`,
    ]);
  }
}

function checkDefaults(datastore: Datastore): void {
  const problems = Object.entries(datastore.schema.properties).flatMap(([field, { default: value }]) => {
    if (value === undefined) return [];
    const issues = issuesOf(datastore, { [field]: value }).filter(({ path }) => path.startsWith(`/${field}`));
    return issues.map(({ message }) => `The default of "${field}" ${message}; correct it.`);
  });
  if (problems.length > 0) throw schemaInvalid(datastore.name, problems);
}

function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
