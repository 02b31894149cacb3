import { MAX_SCOPES } from './limits.ts';

/** Most values of a request: a checkpoint with the most scopes, each a position of three parts, and some more. */
const MAX_VALUES = 4 * MAX_SCOPES + 200;

/**
 * The field of a request that holds far more values than any request has; null if there is none. Its schema would find a
 * fault in each of them, which takes seconds, in which nobody else is served.
 */
export function crowdedField(input: unknown): string | null {
  if (input === null || typeof input !== 'object') return null;
  let left = MAX_VALUES;
  for (const field in input) {
    left = leftAfter(Reflect.get(input, field), left);
    if (left < 0) return field;
  }
  return null;
}

function leftAfter(value: unknown, before: number): number {
  let left = before - 1;
  const open: unknown[] = [value];
  while (open.length > 0 && left >= 0) {
    const next = open.pop();
    if (next === null || typeof next !== 'object') continue;
    for (const key in next) {
      left -= 1;
      if (left < 0) return left;
      open.push(Reflect.get(next, key));
    }
  }
  return left;
}
