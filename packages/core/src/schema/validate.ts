import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { DatastoreError } from '../errors.ts';
import type { Datastore } from './datastore.ts';

/** One thing wrong with a document: where, and what was expected. */
export interface Issue {
  /** JSON pointer to the value, e.g. `/lines/0/quantity`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

/** What is wrong with a document according to its datastore's schema; empty if it is valid. Never throws. */
export function issuesOf(datastore: Datastore, document: unknown): readonly Issue[] {
  const validate = validatorOf(datastore);
  if (validate(document)) return [];
  return (validate.errors ?? []).map((error) => ({
    path: error.instancePath,
    message: error.keyword === 'additionalProperties' ? unknownField(error.params) : (error.message ?? error.keyword),
  }));
}

/** Throws DOCUMENT_INVALID naming every issue; returns if there is none. */
export function assertValid(datastore: Datastore, document: { readonly id?: unknown }): void {
  const issues = issuesOf(datastore, document);
  if (issues.length > 0) throw documentInvalid(datastore.name, String(document.id), issues);
}

/** The error for a document that does not fit its schema, with a message that names each field. */
export function documentInvalid(datastore: string, id: string, issues: readonly Issue[]): DatastoreError {
  const list = issues.map(({ path, message }) => `${path === '' ? 'the document' : path} ${message}`).join('; ');
  return new DatastoreError('DOCUMENT_INVALID', `${datastore} "${id}": ${list}.`, { details: issues });
}

const validators = new WeakMap<Datastore, ValidateFunction>();

function validatorOf(datastore: Datastore): ValidateFunction {
  let validate = validators.get(datastore);
  if (validate === undefined) {
    const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: true });
    addFormats.default(ajv);
    validate = ajv.compile(datastore.schema);
    validators.set(datastore, validate);
  }
  return validate;
}

function unknownField(params: Record<string, unknown>): string {
  return `has the field "${String(params.additionalProperty)}", which the schema does not know`;
}
