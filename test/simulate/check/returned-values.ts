import type { Violation } from './violation.ts';

/** Watches that no text that was replaced in a document of the server comes back: each is written once and never again. */
export interface ReturnedValues {
  /** A document as it is after a commit. `name` is the same for all its states, and another one after it was deleted. */
  seen(name: string, document: Readonly<Record<string, unknown>>): void;
  /** The store went back: from now on what was replaced may be written again. */
  stop(): void;
}

/** Fields whose texts are unique. */
const FIELDS = ['a', 'b', 'name'] as const;

/** Watches all documents of a server. */
export function createReturnedValues(report: (violation: Violation) => void): ReturnedValues {
  const histories = new Map<string, string[]>();
  let isOver = false;
  return {
    seen(name, document) {
      if (isOver) return;
      for (const field of FIELDS) {
        const value = document[field];
        if (typeof value !== 'string') continue;
        const key = `${name} ${field}`;
        const past = histories.get(key) ?? [];
        const [last] = past.slice(-1);
        if (value === last) continue;
        if (past.includes(value)) {
          report({ kind: 'returned-value', detail: `${key} is ${value} again, after ${last}` });
        }
        histories.set(key, [...past, value]);
      }
    },
    stop() {
      isOver = true;
    },
  };
}
