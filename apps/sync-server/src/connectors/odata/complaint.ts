import type { JsonValue } from '@datastores/core/schema';
import { valueAt } from '../rest/dot-path.ts';

/** Why a service refused a write, as far as its answer tells. */
export interface Complaint {
  readonly reason: string;
  readonly field?: string;
}

/** Reads an OData error. Gateways often say the true reason, and the field, in its details alone. */
export function complaintOf(status: number, body: JsonValue | undefined): Complaint {
  const messages = [textAt(body, 'error.message'), textAt(body, 'error.message.value'), ...detailsOf(body, 'message')];
  const reason = [...new Set(messages.filter((message) => message !== undefined))].join(' ');
  const [target] = [textAt(body, 'error.target'), ...detailsOf(body, 'target')].filter((found) => found !== undefined);
  // Some targets are paths: /Items('a')/Name, or in/Name for a parameter.
  const field = target?.split(/[/.]/).findLast((part) => part !== '' && !part.includes('('));
  return { reason: reason || `Refused with status ${status}.`, ...(field && { field }) };
}

function detailsOf(body: JsonValue | undefined, name: string): (string | undefined)[] {
  const details = valueAt(body, 'error.details');
  return Array.isArray(details) ? details.map((detail: JsonValue) => textAt(detail, name)) : [];
}

function textAt(value: JsonValue | undefined, path: string): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}
