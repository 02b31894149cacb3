import type { Space } from './space.ts';

/** A value that was set, and the one that was read before; undefined: it was not read. */
export interface Changed<K, T> {
  readonly key: K;
  readonly value: T | null;
  readonly before: T | null | undefined;
}

/** Rows by key, as they were read and as the jobs of a transaction leave them. */
export interface Shelf<K, T> {
  /** The value as it is now. Null if there is none, or if it is not here yet: then it is noted, and the jobs run again. */
  get(key: K): T | null;
  set(key: K, value: T | null): void;
  /** Has a value read with the others, without saying that anything is missing. */
  want(key: K): void;
  /** What is to be read; from now on it counts as read, and as absent where nothing is put. */
  takeWanted(): readonly K[];
  /** Puts what was read; null: there is none. */
  put(key: K, value: T | null): void;
  changes(): readonly Changed<K, T>[];
}

/** Makes an empty shelf. Keys are told apart by the text that `nameOf` makes of them. */
export function createShelf<K, T>(space: Space, nameOf: (key: K) => string): Shelf<K, T> {
  let read = new Map<string, { readonly key: K; value: T | null }>();
  let changed = new Map<string, { readonly key: K; readonly value: T | null }>();
  let wanted = new Map<string, K>();
  let isShort = false;
  space.add({
    restart: () => {
      changed = new Map();
      isShort = false;
    },
    reread: () => {
      for (const [name, { key }] of read) wanted.set(name, key);
      read = new Map();
      changed = new Map();
      isShort = false;
    },
    get isShort() {
      return isShort;
    },
  });
  return {
    get: (key) => {
      const name = nameOf(key);
      const now = changed.get(name) ?? read.get(name);
      if (now !== undefined) return now.value;
      wanted.set(name, key);
      isShort = true;
      return null;
    },
    set: (key, value) => {
      const name = nameOf(key);
      const before = changed.get(name);
      space.changed(() => {
        if (before === undefined) changed.delete(name);
        else changed.set(name, before);
      });
      changed.set(name, { key, value });
    },
    want: (key) => {
      const name = nameOf(key);
      if (!read.has(name)) wanted.set(name, key);
    },
    takeWanted: () => {
      const keys = [...wanted.values()];
      for (const [name, key] of wanted) if (!read.has(name)) read.set(name, { key, value: null });
      wanted = new Map();
      return keys;
    },
    put: (key, value) => void read.set(nameOf(key), { key, value }),
    changes: () =>
      [...changed].map(([name, { key, value }]) => {
        const entry = read.get(name);
        return { key, value, before: entry === undefined ? undefined : entry.value };
      }),
  };
}
