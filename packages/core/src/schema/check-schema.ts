import type { DocumentSchema, JsonSchema } from './json-schema.ts';
import { MAX_DEPTH } from './plain-json.ts';
import { FIELD_NAME, FORMATS, OF_TYPE, RESERVED_FIELDS, RESERVED_NESTED_FIELDS } from './reserved.ts';

/** What of a schema RxDB, its storages or the validator would refuse or misread; empty if nothing. */
export function schemaProblems(schema: DocumentSchema): string[] {
  if (schema === null || typeof schema !== 'object' || schema.type !== 'object' || !isObject(schema.properties)) {
    return ['The schema must be { type: "object", properties: { … } }.'];
  }
  const problems: string[] = [];
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) {
    problems.push(
      'Documents are closed: take out additionalProperties, and put open content into a field of type object.',
    );
  }
  if (alternatives(schema).length > 0) {
    problems.push('A document has one shape: put anyOf or oneOf into a field, or declare several datastores.');
  }
  problems.push(...keywordProblems(schema, 'The schema'), ...idProblems(schema.properties['id']));
  problems.push(...requiredProblems(schema, 'required'));
  for (const [field, property] of Object.entries(schema.properties)) {
    if (field.startsWith('_')) problems.push(`The field "${field}" must not start with "_"; rename it.`);
    else if (RESERVED_FIELDS.has(field)) problems.push(`The field "${field}" hides a part of documents; rename it.`);
    else problems.push(...fieldNameProblems(field, field));
    if (field !== 'id') problems.push(...valueProblems(property, { path: field, depth: 2 }));
  }
  return problems;
}

interface Place {
  /** Path of the value in the document, e.g. `lines[].quantity`. */
  readonly path: string;
  /** Depth of the value in the document, which itself is level 1. */
  readonly depth: number;
}

/** Keywords that check something and are not supported: dropping them would let wrong documents pass. */
const REFUSED_KEYWORDS: readonly (readonly [keyword: string, remedy: string])[] = [
  ['$ref', 'write the schema out in place (for zod: take out .meta({ id }) and recursion)'],
  ['allOf', 'write one object with all fields'],
  ['not', 'describe what is allowed'],
  ['if', 'use oneOf'],
  ['then', 'use oneOf'],
  ['else', 'use oneOf'],
  ['patternProperties', 'use additionalProperties'],
  ['additionalItems', 'use an object with named fields instead of a tuple'],
  ['prefixItems', 'use an object with named fields instead of a tuple'],
  ['contains', 'check it before writing'],
  ['dependencies', 'use oneOf'],
  ['dependentRequired', 'use oneOf'],
  ['dependentSchemas', 'use oneOf'],
  ['minProperties', 'use required'],
  ['maxProperties', 'use a list with maxItems'],
  ['unevaluatedProperties', 'take it out: objects are closed'],
];

function valueProblems(schema: JsonSchema, place: Place): string[] {
  const { path, depth } = place;
  if (!isObject(schema)) return [`"${path}" must be a schema such as { type: "string" }.`];
  if (depth > MAX_DEPTH) return [`"${path}" is nested deeper than ${MAX_DEPTH} levels; flatten it.`];
  const problems = [...keywordProblems(schema, `"${path}"`), ...defaultProblems(schema, place)];
  problems.push(...typeProblems(schema, path), ...requiredProblems(schema, `required of "${path}"`));
  for (const [field, property] of Object.entries(schema.properties ?? {})) {
    const inner = `${path}.${field}`;
    problems.push(...fieldNameProblems(field, inner));
    if (RESERVED_NESTED_FIELDS.has(field)) problems.push(`The field "${inner}" has a reserved name; rename it.`);
    problems.push(...valueProblems(property, { path: inner, depth: depth + 1 }));
  }
  if (isObject(schema.additionalProperties)) {
    problems.push(...valueProblems(schema.additionalProperties, { path: `${path}.*`, depth: depth + 1 }));
  }
  if (Array.isArray(schema.items)) {
    problems.push(`"${path}" is a tuple; use an object with named fields, or one schema for all items.`);
  } else if (schema.items !== undefined) {
    problems.push(...valueProblems(schema.items, { path: `${path}[]`, depth: depth + 1 }));
  }
  for (const choice of alternatives(schema)) problems.push(...valueProblems(choice, { path, depth: depth + 1 }));
  return problems;
}

function keywordProblems(schema: JsonSchema, where: string): string[] {
  const problems: string[] = [];
  for (const [keyword, remedy] of REFUSED_KEYWORDS) {
    if (Array.isArray(schema.items) && keyword === 'additionalItems') continue;
    if (Object.hasOwn(schema, keyword)) problems.push(`${where} uses ${keyword}, which is not supported; ${remedy}.`);
  }
  if (schema.required !== undefined && !Array.isArray(schema.required)) {
    problems.push(`${where} has a "required" that is not a list; name the required fields beside "properties".`);
  }
  return problems;
}

function typeProblems(schema: JsonSchema, path: string): string[] {
  const problems = strayProblems(schema, path);
  for (const type of Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type]) {
    if (!TYPES.has(type))
      problems.push(`"${path}" has the unknown type "${type}"; use one of ${[...TYPES].join(', ')}.`);
  }
  if (schema.pattern !== undefined && !isPattern(schema.pattern)) {
    problems.push(`"${path}" has a pattern that is not a regular expression with the u flag; correct it.`);
  }
  if (schema.format !== undefined && schema.pattern === undefined && !FORMATS.has(schema.format)) {
    problems.push(`"${path}" has the unknown format "${schema.format}"; use a known one, or a pattern.`);
  }
  if ([...(schema.enum ?? []), schema.const].some((value) => value !== null && typeof value === 'object')) {
    problems.push(`"${path}" has an object or list in enum or const; only strings, numbers, booleans and null may be.`);
  }
  if (schema.enum !== undefined && (!Array.isArray(schema.enum) || schema.enum.length === 0)) {
    problems.push(`"${path}" has an enum that allows nothing; list its values.`);
  }
  return problems;
}

/** Keywords of another type check nothing, which their author cannot have meant. */
function strayProblems(schema: JsonSchema, path: string): string[] {
  const implied = schema.properties === undefined ? [] : ['object'];
  const types: readonly string[] = schema.type === undefined ? implied : [schema.type].flat();
  const fitting = new Set(types.flatMap((type) => OF_TYPE[type] ?? []));
  return Object.entries(OF_TYPE).flatMap(([type, keywords]) =>
    type === 'integer'
      ? []
      : keywords
          .filter((keyword) => schema[keyword] !== undefined && !fitting.has(keyword))
          .map((keyword) => `"${path}" uses ${keyword}, which needs { type: "${type}" }; add the type or take it out.`),
  );
}

const TYPES: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'null', 'array', 'object']);

function defaultProblems(schema: JsonSchema, { path, depth }: Place): string[] {
  if (schema.default === undefined) return [];
  if (depth > 2) return [`"${path}" has a default, but only fields of the document itself can; take it out.`];
  const values: readonly unknown[] = Array.isArray(schema.default) ? schema.default : [schema.default];
  const simple = values.every((value) => value === null || typeof value !== 'object');
  return simple ? [] : [`"${path}" has an object as default; give a plain value or a list of them, or take it out.`];
}

function requiredProblems({ required, properties }: JsonSchema, where: string): string[] {
  if (!Array.isArray(required)) return [];
  const missing = required.filter((field) => field !== 'id' || where !== 'required').filter((f) => !has(properties, f));
  return missing.map((field) => `"${field}" is in ${where} but not in properties; declare it or take it out.`);
}

function idProblems(id: JsonSchema | undefined): string[] {
  if (id === undefined) return [];
  const problems: string[] = [];
  if (id.type !== 'string') problems.push('The field "id" must be { type: "string" }.');
  if ((id.maxLength ?? 1) > 128) problems.push('The field "id" has a maxLength above 128; make it 128 or less.');
  if (id.default !== undefined)
    problems.push('The field "id" has a default, but every document needs its own; take it out.');
  return [...problems, ...keywordProblems(id, '"id"'), ...typeProblems({ ...id, type: 'string' }, 'id')];
}

function fieldNameProblems(field: string, path: string): string[] {
  if (FIELD_NAME.test(field)) return [];
  return [`The field "${path}" must hold letters, digits and inner "_" only and start with a letter; rename it.`];
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
}

function isObject(value: unknown): value is JsonSchema {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function has(properties: JsonSchema['properties'], field: string): boolean {
  return properties !== undefined && Object.hasOwn(properties, field);
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').source !== '';
  } catch {
    return false;
  }
}
