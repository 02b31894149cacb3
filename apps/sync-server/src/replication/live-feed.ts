import type { Datastore } from '@datastores/core/schema';
import type { Store } from '../store/store.ts';
import { type LiveChange, liveChange } from './live-change.ts';

/** Tells the open streams of commits, each in its scopes. */
export interface LiveFeed {
  /** Calls back for each commit in one of the scopes, in order. Returns how to stop that. */
  listen(scopes: readonly string[], heard: (change: LiveChange) => void): () => void;
  close(): void;
}

/** One listener at the store for all streams, so that what a commit changed is read and written down once for all of them. */
export function createLiveFeed(served: {
  readonly store: Store;
  readonly datastores: ReadonlyMap<string, Datastore>;
}): LiveFeed {
  const listeners = new Map<string, Set<(change: LiveChange) => void>>();
  const stop = served.store.onCommit(({ advances }) => {
    for (const advance of advances) {
      const interested = listeners.get(advance.scope);
      if (interested === undefined) continue;
      const change = liveChange(served, advance);
      for (const heard of interested) heard(change);
    }
  });
  return {
    listen(scopes, heard) {
      for (const scope of scopes) {
        const interested = listeners.get(scope) ?? new Set();
        listeners.set(scope, interested);
        interested.add(heard);
      }
      return () => {
        for (const scope of scopes) {
          const interested = listeners.get(scope);
          interested?.delete(heard);
          if (interested?.size === 0) listeners.delete(scope);
        }
      };
    },
    close: stop,
  };
}
