import { MAX_DOCUMENT_DEPTH } from './limits.ts';

/**
 * What makes a parsed JSON value unfit to be worked with, or null: nesting beyond {@link MAX_DOCUMENT_DEPTH} (a validator
 * that recurses would run out of stack) and own keys that pollute a prototype once they are copied by assignment.
 * Does not recurse itself.
 */
export function shapeProblem(value: unknown): string | null {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.value === null || typeof next.value !== 'object') continue;
    if (next.depth >= MAX_DOCUMENT_DEPTH) return `It is nested deeper than ${MAX_DOCUMENT_DEPTH} levels.`;
    for (const [key, child] of Object.entries(next.value)) {
      if (FORBIDDEN_KEYS.has(key)) return `It has a field named "${key}", which no document may have.`;
      open.push({ value: child, depth: next.depth + 1 });
    }
  }
  return null;
}

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
