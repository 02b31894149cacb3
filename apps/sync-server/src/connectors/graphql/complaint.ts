import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { Write } from '../connector.ts';
import { valueAt } from '../rest/dot-path.ts';
import type { GraphqlError } from './graphql-error.ts';

/** Why a service refused a write, as far as its answer tells. */
export interface Complaint {
  readonly reason: string;
  readonly field?: string;
  readonly code?: string;
}

/** Complaints in a payload, e.g. `userErrors`: a list of objects, or one object. */
export function complaintsAt(payload: JsonValue | undefined, write: Write): Complaint[] {
  const list = Array.isArray(payload) ? payload : payload === undefined || payload === null ? [] : [payload];
  return list.map((entry: JsonValue) => {
    const code = ['code', 'errorCode'].map((name) => valueAt(entry, name)).find((value) => typeof value === 'string');
    const given = ['field', 'path']
      .map((name) => valueAt(entry, name))
      .find((value) => value !== undefined && value !== null);
    const message = valueAt(entry, 'message');
    const reason = typeof message === 'string' && message !== '' ? message : (code as string | undefined);
    return complaint(reason ?? 'Refused without a reason', { code: code as string | undefined, path: given, write });
  });
}

/** The complaint that an error of the answer is, e.g. about the value of a variable. */
export function complaintOf({ message, path, code, field }: GraphqlError, write: Write): Complaint {
  // `Variable "$input" got invalid value "x" at "input.quantity"; …`
  const at = field ?? /\bat "([^"]+)"/.exec(message)?.[1] ?? path?.slice(1).join('.');
  return complaint(message, { code, path: at, write });
}

function complaint(
  reason: string,
  { code, path, write }: { code: string | undefined; path: JsonValue | undefined; write: Write },
): Complaint {
  const steps = (Array.isArray(path) ? path.map(String) : typeof path === 'string' ? path.split('.') : []).filter(
    Boolean,
  );
  const own = fieldsOf(write);
  // The path begins with names of arguments; what is wanted begins with the field of the record.
  const start = steps.findIndex((step) => own.includes(step));
  const field = start > 0 ? steps.slice(start).join('.') : steps.join('.');
  const named = field === '' || reason.includes(field) ? reason : `${field}: ${reason}`;
  return { reason: named, ...(field !== '' && { field }), ...(code !== undefined && { code }) };
}

function fieldsOf(write: Write): string[] {
  const { data, patch, amounts } = write as Partial<Record<'data' | 'patch' | 'amounts', JsonObject>>;
  return Object.keys({ ...data, ...patch, ...amounts });
}
