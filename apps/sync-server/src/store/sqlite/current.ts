import type { DocumentKey } from '../document.ts';
import type { Current, WriteRequest } from '../write.ts';
import type { Tables } from './tables.ts';

/**
 * The states that a request names, read when `decide` asks for them: the transaction is open, so that is under lock.
 * A state that was not asked for throws, because on other databases it would not have been locked.
 */
export function currentOf(tables: Tables, request: WriteRequest, now: number): Current {
  const { scope, replica, links } = request;
  const keys = new Set(links?.keys);
  const documents = new Set(request.documents?.map(nameOf));
  for (const key of keys) {
    const link = links === undefined ? null : tables.links.byKey(links, key);
    if (link !== null) documents.add(nameOf(link));
  }

  return {
    now,
    floor: tables.scopes.head(scope).floor,
    document: (key) => tables.documents.get(scope, known(key)),
    counted: (key) => tables.replicas.counted(scope, known(key), asked(replica, 'replica')),
    linkByKey: (key) => {
      if (!keys.has(key)) throw notAsked(`the link of key ${key}`);
      return tables.links.byKey(asked(links, 'links'), key);
    },
    linkOf: (key) => tables.links.ofDocument(asked(links, 'links'), scope, known(key)),
    inFlight: (key) => tables.outbox.isInFlight({ ...laneOf(asked(links, 'links'), known(key)), scope }),
  };

  function known(key: DocumentKey): DocumentKey {
    if (!documents.has(nameOf(key))) throw notAsked(`${key.datastore} ${key.id}`);
    return key;
  }
}

function laneOf(route: { system: string; stream: string }, key: DocumentKey) {
  return { system: route.system, stream: route.stream, datastore: key.datastore, id: key.id };
}

function nameOf(key: DocumentKey): string {
  return `${key.datastore} ${key.id}`;
}

function asked<T>(part: T | undefined, name: string): T {
  if (part === undefined) throw notAsked(name);
  return part;
}

function notAsked(what: string): Error {
  return new Error(`The write decides on ${what}, which its request does not name.`);
}
