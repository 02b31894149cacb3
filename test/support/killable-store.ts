import type { Store } from '../../apps/sync-server/src/store/store.ts';

/** A store as a process sees it that may be killed: from then on nothing it asks for happens. */
export interface KillableStore {
  readonly store: Store;
  /** Lets so many more calls through; all later ones fail, and so does everything the process does with them. */
  killAfter(calls: number): void;
  readonly killed: boolean;
}

/** Wraps a store. The store itself stays as it is, for the next process. */
export function createKillableStore(store: Store): KillableStore {
  let left = Number.POSITIVE_INFINITY;
  const gone = () => Promise.reject(new Error('This process was killed.'));
  const wrapped = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || name === 'onCommit') return value;
      return (...args: unknown[]) => {
        left -= 1;
        return left < 0 ? gone() : Reflect.apply(value, target, args);
      };
    },
  });
  return {
    store: wrapped,
    killAfter: (calls) => {
      left = calls;
    },
    get killed() {
      return left < 0;
    },
  };
}
