import type { JsonValue } from '@datastores/core/schema';
import type { Outcome, Write } from '../connector.ts';

/** The body of a request that adds differences. */
export interface AddBody {
  readonly body: JsonValue;
  /** Other fields are in the body too. */
  readonly takesPatch: boolean;
}

/** Fills amounts into the declared body. Rejects a write with an amount that the body has no place for. */
export function addBody(
  template: JsonValue,
  write: Extract<Write, { op: 'add' }>,
): AddBody | Extract<Outcome, { is: 'rejected' }> {
  const form = JSON.stringify(template);
  const takesAll = form.includes('"{amounts}"');
  const homeless = Object.keys(write.amounts).find((field) => !takesAll && !form.includes(`"{amounts.${field}}"`));
  if (homeless !== undefined) {
    return { is: 'rejected', reason: `${homeless} cannot be changed by a difference over there.`, field: homeless };
  }
  return { body: fill(template, write), takesPatch: form.includes('"{patch}"') };
}

function fill(template: JsonValue, write: Extract<Write, { op: 'add' }>): JsonValue {
  if (Array.isArray(template)) return template.map((entry: JsonValue) => fill(entry, write));
  if (typeof template === 'object' && template !== null) {
    return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, fill(value ?? null, write)]));
  }
  if (template === '{amounts}') return { ...write.amounts };
  if (template === '{patch}') return { ...write.patch };
  if (template === '{id}') return write.id;
  const field = typeof template === 'string' ? /^\{amounts\.(.+)\}$/.exec(template)?.[1] : undefined;
  return field === undefined ? template : (write.amounts[field] ?? 0);
}
