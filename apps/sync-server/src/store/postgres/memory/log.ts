import type { Space } from './space.ts';

/** What the jobs of a transaction add, in order. */
export interface Log<T> {
  add(entry: T): void;
  readonly entries: readonly T[];
}

/** Makes an empty log. */
export function createLog<T>(space: Space): Log<T> {
  let entries: T[] = [];
  const forget = () => {
    entries = [];
  };
  space.add({ restart: forget, reread: forget, isShort: false });
  return {
    add: (entry) => {
      entries.push(entry);
      space.changed(() => void entries.pop());
    },
    get entries() {
      return entries;
    },
  };
}
