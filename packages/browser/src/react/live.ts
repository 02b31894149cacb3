import { useSyncExternalStore } from 'react';
import { EMPTY, type Observable } from 'rxjs';

/** What is known of a value that changes. */
export type Live<T> =
  | { readonly loading: true; readonly data: T | undefined; readonly error: null }
  | { readonly loading: false; readonly data: T; readonly error: null }
  | { readonly loading: false; readonly data: T | undefined; readonly error: Error };

/** Follows an observable; while there is none, or nothing has come of it yet, it is loading. */
export function useObservable<T>(source: Observable<T> | null): Live<T> {
  const watched = watch<T>(source ?? EMPTY);
  return useSyncExternalStore(watched.subscribe, watched.snapshot, loadingOnServer) as Live<T>;
}

const LOADING: Live<never> = { loading: true, data: undefined, error: null };

/** Nothing is subscribed to while a server renders. */
function loadingOnServer(): Live<unknown> {
  return LOADING;
}

interface Watched<T> {
  readonly subscribe: (changed: () => void) => () => void;
  readonly snapshot: () => Live<T>;
}

const watchedBySource = new WeakMap<object, Watched<unknown>>();

/** One for each observable, whatever renders: an attempt that React throws away leaves nothing behind. */
function watch<T>(source: Observable<T>): Watched<T> {
  const known = watchedBySource.get(source);
  if (known !== undefined) return known as Watched<T>;
  const watched = createWatched(source);
  watchedBySource.set(source, watched as Watched<unknown>);
  return watched;
}

function createWatched<T>(source: Observable<T>): Watched<T> {
  const listeners = new Set<() => void>();
  let current: Live<T> = LOADING;
  let stop: (() => void) | undefined;
  const set = (next: Live<T>) => {
    current = next;
    for (const changed of listeners) changed();
  };
  const start = () => {
    const subscription = source.subscribe({
      next: (data) => set({ loading: false, data, error: null }),
      error: (error: unknown) => {
        stop = undefined;
        set({ loading: false, data: current.data, error: error instanceof Error ? error : new Error(String(error)) });
      },
    });
    return () => subscription.unsubscribe();
  };
  return {
    snapshot: () => current,
    subscribe(changed) {
      listeners.add(changed);
      stop ??= start();
      return () => {
        listeners.delete(changed);
        // StrictMode, and a list that moves a row, subscribe again at once: that must not run the query a second time.
        queueMicrotask(() => {
          if (listeners.size > 0) return;
          stop?.();
          stop = undefined;
        });
      };
    },
  };
}
