/** Callbacks that must not break who calls them. */
export interface Listeners<T> {
  /** Adds a callback and returns how to remove it. */
  add(listener: (event: T) => void): () => void;
  /** Calls all of them; one that throws is reported as a warning of the process. */
  call(event: T): void;
}

/** Makes an empty list of callbacks. */
export function createListeners<T>(): Listeners<T> {
  const entries = new Set<{ readonly listener: (event: T) => void }>();
  return {
    add: (listener) => {
      const entry = { listener };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    call: (event) => {
      for (const { listener } of [...entries]) {
        try {
          listener(event);
        } catch (error) {
          process.emitWarning(error instanceof Error ? error : String(error));
        }
      }
    },
  };
}
