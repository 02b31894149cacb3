import { DatastoreError } from '../errors.ts';
import { fieldProblems } from './check-fields.ts';
import { schemaProblems } from './check-schema.ts';
import type { CheckedDeclaration } from './declaration.ts';
import { isPolicy, POLICIES } from './field-rule.ts';
import type { DocumentSchema } from './json-schema.ts';
import { RESERVED_NAMES } from './reserved.ts';

/**
 * Refuses a declaration that a replica could not store, with SCHEMA_INVALID and a message that says what to write.
 * Everything is reported at once: a schema is usually wrong in more than one place.
 */
export function checkDeclaration(declaration: CheckedDeclaration): void {
  const { name, schema, version = 0, versions = {}, conflict = 'server-wins' } = declaration;
  const problems = [...nameProblems(name), ...schemaProblems(schema)];
  if (isDocumentSchema(schema)) problems.push(...fieldProblems(declaration));
  if (!isPolicy(conflict)) problems.push(`The conflict policy must be ${POLICIES}.`);
  problems.push(...versionProblems(version, versions));
  if (problems.length > 0) throw schemaInvalid(name, problems);
}

/** The error for a declaration with these problems. */
export function schemaInvalid(name: unknown, problems: readonly string[]): DatastoreError {
  return new DatastoreError('SCHEMA_INVALID', `Datastore "${String(name)}": ${problems.join(' ')}`, {
    details: problems,
  });
}

function nameProblems(name: string): string[] {
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    return ['The name must start with a lower-case letter and hold at most 32 of a-z, 0-9 and "-".'];
  }
  return RESERVED_NAMES.has(name) ? [`The name "${name}" is used by the replica itself; choose another.`] : [];
}

function isDocumentSchema(schema: DocumentSchema): boolean {
  return schema?.type === 'object' && schema.properties !== null && typeof schema.properties === 'object';
}

function versionProblems(version: number, steps: Readonly<Record<number, unknown>>): string[] {
  if (!Number.isSafeInteger(version) || version < 0) return ['The version must be a whole number from 0.'];
  const problems: string[] = [];
  for (let step = 1; step <= version; step += 1) {
    if (!(step in steps)) problems.push(`Version ${step} needs versions[${step}] = { up, down }.`);
  }
  for (const [step, value] of Object.entries(steps)) {
    if (!/^[1-9]\d*$/.test(step) || Number(step) > version) {
      problems.push(
        version === 0
          ? `versions[${step}] is beyond version 0; set version to the newest step.`
          : `versions[${step}] is outside 1 to ${version}; set version to the newest step, or take the step out.`,
      );
    } else if (!isStep(value)) problems.push(`versions[${step}] must be { up, down }, two functions.`);
  }
  return problems;
}

function isStep(step: unknown): boolean {
  if (step === null || typeof step !== 'object') return false;
  const { up, down } = step as { up?: unknown; down?: unknown };
  return typeof up === 'function' && typeof down === 'function';
}
