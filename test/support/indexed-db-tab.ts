import { IDBKeyRange } from 'fake-indexeddb';

/** The IndexedDB of a browser as one of its tabs sees it: a tab can be killed at any step of a write, or be frozen. */
export interface IndexedDbTab {
  /** What a storage is opened with. No other tab shares anything with it but the data. */
  readonly access: { readonly indexedDB: IDBFactory; readonly IDBKeyRange: typeof globalThis.IDBKeyRange };
  /** Steps of writing transactions so far: each record put or deleted, and each commit before and after. */
  readonly steps: () => number;
  readonly isKilled: () => boolean;
  /** Resolves when the tab is killed, after which nothing that it waits for is ever answered. */
  readonly killed: Promise<void>;
  /** A frozen tab neither reads nor writes nor hears. */
  freeze(frozen: boolean): void;
}

/** Opens a tab. It is killed at the step `killAt`, counted from 1: what it has not committed then is lost. */
export function openIndexedDbTab(factory: IDBFactory, killAt = 0): IndexedDbTab {
  let steps = 0;
  let isKilled = false;
  let isFrozen = false;
  let kill = () => {};
  const killed = new Promise<void>((resolve) => {
    kill = resolve;
  });

  /** False where the tab is dead. */
  function step(transaction: IDBTransaction | null): boolean {
    if (isKilled) return false;
    steps += 1;
    if (steps !== killAt) return true;
    isKilled = true;
    transaction?.abort();
    kill();
    return false;
  }

  function watch(database: IDBDatabase): void {
    const begin = database.transaction.bind(database);
    database.transaction = (names, mode, options) => {
      if (isKilled || isFrozen) throw new DOMException('The tab is gone.', 'AbortError');
      const transaction = begin(names, mode, options);
      if (mode === 'readwrite') watchWrites(transaction);
      return transaction;
    };
  }

  function watchWrites(transaction: IDBTransaction): void {
    const assertAlive = (alive: boolean) => {
      if (!alive) throw new DOMException('The tab is gone.', 'AbortError');
    };
    const open = transaction.objectStore.bind(transaction);
    transaction.objectStore = (name) => {
      const store = open(name);
      const [put, remove] = [store.put.bind(store), store.delete.bind(store)];
      store.put = (...args) => {
        assertAlive(step(transaction));
        return put(...args);
      };
      store.delete = (query) => {
        assertAlive(step(transaction));
        return remove(query);
      };
      return store;
    };
    const commit = transaction.commit.bind(transaction);
    transaction.commit = () => {
      assertAlive(step(transaction));
      commit();
    };
    // On the disk it is, but the tab does not live to hear of it.
    Object.defineProperty(transaction, 'oncomplete', {
      set(heard: () => void) {
        transaction.addEventListener('complete', () => {
          if (step(null)) heard();
        });
      },
    });
  }

  const indexedDB = {
    open(name: string, version?: number) {
      const request = factory.open(name, version);
      request.addEventListener('success', () => watch(request.result as unknown as IDBDatabase));
      return request;
    },
  };
  return {
    access: { indexedDB: indexedDB as unknown as IDBFactory, IDBKeyRange },
    steps: () => steps,
    isKilled: () => isKilled,
    killed,
    freeze(frozen) {
      isFrozen = frozen;
    },
  };
}
