import type { JsonValue } from '@datastores/core/schema';
import { valueAt } from './dot-path.ts';
import type { ParsedOptions } from './options.ts';

/** Why a service refused a write, as far as its answer tells. */
export interface Complaint {
  readonly reason: string;
  readonly field?: string;
}

/** Looks at the declared places, or at those that services commonly use (problem details, lists of errors by field). */
export function complaintOf(options: ParsedOptions, status: number, body: JsonValue | undefined): Complaint {
  const { reasonAt, fieldAt } = options.complaint;
  const reason = firstText(body, reasonAt ? [reasonAt] : REASONS) ?? errorsByField(body)?.reason;
  const field = firstText(body, fieldAt ? [fieldAt] : FIELDS) ?? errorsByField(body)?.field;
  const named = field?.replace(/^[/#]+/, '').replaceAll('/', '.');
  return { reason: reason ?? `Refused with status ${status}.`, ...(named && { field: named }) };
}

function firstText(body: JsonValue | undefined, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const value = valueAt(body, path);
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

/** `{ "errors": { "name": ["is too long"] } }`. */
function errorsByField(body: JsonValue | undefined): Complaint | undefined {
  const errors = valueAt(body, 'errors');
  if (typeof errors !== 'object' || errors === null || Array.isArray(errors)) return undefined;
  const [field, given] = Object.entries(errors)[0] ?? [];
  const reason = Array.isArray(given) ? given[0] : given;
  return field !== undefined && typeof reason === 'string' ? { reason: `${field}: ${reason}`, field } : undefined;
}

const REASONS = [
  'detail',
  'message',
  'error.message',
  'errors.0.detail',
  'errors.0.message',
  'error_description',
  'error',
  'title',
  'errors.0',
];

const FIELDS = [
  'field',
  'error.field',
  'error.target',
  'errors.0.field',
  'errors.0.source.pointer',
  'errors.0.pointer',
  'errors.0.path',
  'errors.0.property',
];
