import { createValidator, faultsOfSchema, loadFormats } from '#validator';
import { DatastoreError } from '../errors.ts';
import type { Datastore } from './datastore.ts';
import { issueList, shortText } from './issue-list.ts';
import { type Issue, plainJsonIssues } from './plain-json.ts';
import type { SchemaFault, Validator } from './validator-shape.ts';

/**
 * What is wrong with a document according to its datastore's schema; empty if it is valid. Never throws. What is not
 * plain JSON is reported alone, since the schema cannot be held against it.
 */
export function issuesOf(datastore: Datastore, document: unknown): readonly Issue[] {
  const unplain = plainJsonIssues(document);
  if (unplain.length > 0) return unplain;
  const validate = validatorOf(datastore);
  const valid = validate(document);
  const issues = valid ? [] : (validate.errors ?? []).map(issueOf);
  const id = idProblem(document);
  return id === null ? issues : [...issues, { path: '/id', message: id }];
}

/** Loads what documents of a datastore are validated with; until then a page takes texts of rarer formats as they are. */
export async function loadValidation(datastore: Datastore): Promise<void> {
  await loadFormats(datastore.schema);
}

/** Makes ready to validate documents of a datastore, which otherwise holds up the first of them by tens of milliseconds. */
export function prepareValidation(datastore: Datastore): void {
  validatorOf(datastore);
}

/** What of a schema is no JSON Schema at all, e.g. a negative length; the rest is told by checkDeclaration. */
export function schemaFaults(schema: Datastore['schema']): readonly string[] {
  return faultsOfSchema(schema).map(({ path, message }) => {
    const parts = path.split('/').filter((part) => part !== 'properties' && part !== '');
    return `"${parts.join('.')}" of the schema ${message}; correct it.`;
  });
}

/** Throws DOCUMENT_INVALID naming the issues; returns if there is none. */
export function assertValid(datastore: Datastore, document: { readonly id?: unknown }): void {
  const issues = issuesOf(datastore, document);
  if (issues.length > 0) throw documentInvalid(datastore.name, String(document?.id), issues);
}

/** The error for a document that does not fit its schema. The message names the first issues, the details hold all of them. */
export function documentInvalid(datastore: string, id: string, issues: readonly Issue[]): DatastoreError {
  const message = `${datastore} "${shortText(id)}": ${issueList(issues, 'the document')}.`;
  return new DatastoreError('DOCUMENT_INVALID', message, { details: issues });
}

const validators = new WeakMap<Datastore, Validator>();

function validatorOf(datastore: Datastore): Validator {
  let validate = validators.get(datastore);
  if (validate === undefined) {
    validate = createValidator(datastore.schema);
    validators.set(datastore, validate);
  }
  return validate;
}

function issueOf({ keyword, params, instancePath: path, message = keyword }: SchemaFault): Issue {
  switch (keyword) {
    case 'additionalProperties':
      return {
        path,
        message: `has the field "${shortText(String(params['additionalProperty']), 80)}", which the schema does not know`,
      };
    case 'enum':
      return { path, message: `must be one of ${JSON.stringify(params['allowedValues'])}` };
    case 'const':
      return { path, message: `must be ${JSON.stringify(params['allowedValue'])}` };
    default:
      return { path, message };
  }
}

/** RxDB pads ids with spaces in index keys and puts them in quotes. */
function idProblem(document: unknown): string | null {
  const id: unknown = document !== null && typeof document === 'object' ? Reflect.get(document, 'id') : undefined;
  if (typeof id !== 'string') return null;
  if (id !== id.trim()) return 'must not start or end with white space';
  return UNSAFE_ID.test(id) ? 'must not hold quotation marks or control characters' : null;
}

const UNSAFE_ID = /["\p{Cc}]/u;
