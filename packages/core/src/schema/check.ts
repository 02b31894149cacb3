import { DatastoreError } from '../errors.ts';
import type { FieldRule } from './field-rule.ts';
import type { DocumentSchema, JsonSchema } from './json-schema.ts';

/** The parts of a declaration that can be wrong. */
export interface CheckedDeclaration {
  readonly name: string;
  readonly version?: number;
  readonly schema: DocumentSchema;
  readonly indexes: readonly (readonly string[])[];
  readonly search?: readonly string[];
  readonly fields: Readonly<Record<string, FieldRule>>;
  readonly versions?: Readonly<Record<number, unknown>>;
}

/**
 * Refuses a declaration that a replica could not store, with SCHEMA_INVALID and a message that says what to write.
 * Everything is reported at once: a schema is usually wrong in more than one place.
 */
export function checkDeclaration(declaration: CheckedDeclaration): void {
  const problems = [
    ...nameProblems(declaration.name),
    ...schemaProblems(declaration.schema),
    ...(isDocumentSchema(declaration.schema) ? fieldProblems(declaration) : []),
    ...versionProblems(declaration.version ?? 0, declaration.versions ?? {}),
  ];
  if (problems.length === 0) return;
  throw new DatastoreError('SCHEMA_INVALID', `Datastore "${declaration.name}": ${problems.join(' ')}`);
}

/** Names that openDatastores uses for itself beside the datastores. */
const RESERVED_NAMES = new Set(['close', 'receipts', 'systems', 'status', 'confirm', 'database']);

/** Names that every RxDB document has as methods or properties: a field of that name would hide them. */
const RESERVED_FIELDS = new Set(
  [
    'collection',
    'deleted',
    'deleted$',
    'get',
    'get$',
    'incremental',
    'patch',
    'modify',
    'primary',
    'remove',
    'revision',
  ]
    .concat(['toJSON', 'update', 'populate', 'put', 'isInstanceOfRxDocument', 'constructor', '$', '$$', 'getLatest'])
    .concat(['incrementalPatch', 'incrementalModify', 'incrementalRemove', 'incrementalUpdate', 'prototype']),
);

function nameProblems(name: string): string[] {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    return ['The name must start with a lower-case letter and hold at most 32 of a-z, 0-9 and "-".'];
  }
  return RESERVED_NAMES.has(name) ? [`The name "${name}" is used by openDatastores itself; choose another.`] : [];
}

function isDocumentSchema(schema: DocumentSchema): boolean {
  return schema?.type === 'object' && typeof schema.properties === 'object';
}

function schemaProblems(schema: DocumentSchema): string[] {
  if (!isDocumentSchema(schema)) return ['The schema must be { type: "object", properties: { … } }.'];
  const problems: string[] = [];
  const id = schema.properties.id;
  if (id !== undefined && id.type !== 'string') problems.push('The field "id" must be { type: "string" }.');
  for (const field of Object.keys(schema.properties)) {
    if (field.startsWith('_')) problems.push(`The field "${field}" must not start with "_"; rename it.`);
    if (RESERVED_FIELDS.has(field)) problems.push(`The field "${field}" hides a method of documents; rename it.`);
    if (/[.|$\s]/.test(field)) problems.push(`The field "${field}" must not hold ".", "|", "$" or white space.`);
  }
  for (const field of schema.required ?? []) {
    if (field !== 'id' && !(field in schema.properties)) {
      problems.push(`"${field}" is required but not in properties; declare it or take it out of required.`);
    }
  }
  if (JSON.stringify(schema).includes('"$ref"'))
    problems.push('"$ref" is not supported; write the schema out in place.');
  return problems;
}

function fieldProblems({ schema, indexes, search = [], fields }: CheckedDeclaration): string[] {
  const required = new Set(schema.required ?? []);
  const unknown = (field: string, where: string) => `"${field}" in ${where} is not a field of the schema.`;
  const problems: string[] = [];
  for (const field of new Set(indexes.flat())) {
    const property = field === 'id' ? undefined : schema.properties[field];
    if (field === 'id') continue;
    if (property === undefined) problems.push(unknown(field, 'indexes'));
    else problems.push(...indexProblems(field, property, required.has(field)));
  }
  for (const field of search) {
    const property = schema.properties[field];
    if (property === undefined) problems.push(unknown(field, 'search'));
    else if (property.type !== 'string' && !(property.type === 'array' && property.items?.type === 'string')) {
      problems.push(`"${field}" in search must be a string or a list of strings.`);
    }
  }
  for (const [field, rule] of Object.entries(fields)) {
    const property = schema.properties[field];
    if (field === 'id') problems.push('"id" in fields: an id never changes and takes no rules.');
    else if (property === undefined) problems.push(unknown(field, 'fields'));
    else if (rule.counter && property.type !== 'number' && property.type !== 'integer') {
      problems.push(`"${field}" is a counter and must be { type: "integer" } or { type: "number" }.`);
    } else if (rule.counter && rule.conflict !== undefined) {
      problems.push(`"${field}" is a counter: its changes add up, so take out its conflict policy.`);
    }
  }
  return problems;
}

function indexProblems(field: string, property: JsonSchema, required: boolean): string[] {
  const problems: string[] = [];
  const scalar = ['string', 'integer', 'number', 'boolean'].includes(String(property.type));
  if (!scalar) problems.push(`"${field}" is indexed and must have one type of string, integer, number or boolean.`);
  if (!required) problems.push(`"${field}" is indexed; add it to required, or take it out of indexes.`);
  const bounded = property.minimum !== undefined && property.maximum !== undefined && property.multipleOf !== undefined;
  if (property.type === 'number' && !bounded) {
    problems.push(`"${field}" is an indexed number; add minimum, maximum and multipleOf (e.g. 0.01), or use integer.`);
  }
  return problems;
}

function versionProblems(version: number, steps: Readonly<Record<number, unknown>>): string[] {
  if (!Number.isInteger(version) || version < 0) return ['The version must be a whole number from 0.'];
  const problems: string[] = [];
  for (let step = 1; step <= version; step += 1) {
    if (!(step in steps)) problems.push(`Version ${step} needs versions[${step}] = { up, down }.`);
  }
  for (const step of Object.keys(steps)) {
    if (Number(step) < 1 || Number(step) > version) problems.push(`versions[${step}] is outside 1 to ${version}.`);
  }
  return problems;
}
