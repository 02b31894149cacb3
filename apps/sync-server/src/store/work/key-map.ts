import type { DocumentKey } from '../document.ts';

/** A map by document. Ids are looked up as they are: joining them to the name of the datastore costs more than all the rest. */
export interface KeyMap<T> {
  get(key: DocumentKey): T | undefined;
  set(key: DocumentKey, value: T): void;
  delete(key: DocumentKey): void;
}

/** Makes an empty map. */
export function createKeyMap<T>(): KeyMap<T> {
  const datastores = new Map<string, Map<string, T>>();

  return {
    get: ({ datastore, id }) => datastores.get(datastore)?.get(id),
    set: ({ datastore, id }, value) => {
      const known = datastores.get(datastore);
      if (known === undefined) datastores.set(datastore, new Map([[id, value]]));
      else known.set(id, value);
    },
    delete: ({ datastore, id }) => void datastores.get(datastore)?.delete(id),
  };
}
