import type { Counted, DocumentKey } from '../document.ts';
import type { Link } from '../link.ts';
import type { Current, WriteRequest } from '../write.ts';
import { createKeyMap } from './key-map.ts';
import type { KeptDocument, Tables } from './tables.ts';

/** The states that a write may see, and what is known of them afterwards. */
export interface Reading {
  readonly current: Current;
  /** The newest state of a document, read once however often it is asked for. */
  readonly kept: (key: DocumentKey) => KeptDocument | null;
  /** True if the table of credits was asked for those of a replica on a document, and has none. */
  readonly isUncredited: (key: DocumentKey, replica: string) => boolean;
  /** The document was written, so what was read of it is over. */
  readonly written: (key: DocumentKey) => void;
}

/** What was read of a document so far; undefined: it was not asked for. */
interface Seen {
  kept: KeptDocument | null | undefined;
  credited: Counted | null | undefined;
}

/**
 * The states that a request names, read when `decide` asks for them: the transaction is open, so that is under lock.
 * A state that was not asked for throws, because on other databases it would not have been locked.
 */
export function readingOf(tables: Tables, request: WriteRequest, now: number): Reading {
  const { scope, replica, links } = request;
  const keys = new Set(links?.keys);
  const seen = createKeyMap<Seen>();
  for (const key of request.documents ?? []) seen.set(key, unseen());
  // Looked up once: nothing is written before everything is decided.
  const byKey = links === undefined ? new Map<string, Link>() : tables.links.byKeys(links, keys);
  const ofDocument = createKeyMap<Link | null>();
  for (const link of byKey.values()) {
    seen.set(link, unseen());
    if (link.scope === scope) ofDocument.set(link, link);
  }
  const current: Current = {
    now,
    floor: tables.scopes.head(scope).floor,
    document: (key) => keptBy(asked(seen.get(key), key), key)?.document ?? null,
    counted: (key) => {
      const at = asked(seen.get(key), key);
      const by = asked(replica, 'replica');
      if (at.credited === undefined) at.credited = tables.replicas.counted(scope, key, by);
      return at.credited ?? ownCredit(keptBy(at, key), by);
    },
    overtaken: (key) => tables.replicas.overtaken(scope, known(key), asked(replica, 'replica')),
    linkByKey: (key) => {
      if (!keys.has(key)) throw notAsked(`the link of key ${key}`);
      return byKey.get(key) ?? null;
    },
    linkOf: (key) => {
      const at = known(key);
      let link = ofDocument.get(at);
      if (link === undefined) {
        link = tables.links.ofDocument(asked(links, 'links'), scope, at);
        ofDocument.set(at, link);
      }
      return link;
    },
    inFlight: (key) => tables.lanes.isInFlight({ ...laneOf(asked(links, 'links'), known(key)), scope }),
  };
  return {
    current,
    kept: (key) => keptBy(seen.get(key) ?? unseen(), key),
    isUncredited: (key, by) => by === replica && seen.get(key)?.credited === null,
    written: (key) => seen.delete(key),
  };

  function keptBy(at: Seen, key: DocumentKey): KeptDocument | null {
    if (at.kept === undefined) at.kept = tables.documents.find(scope, key);
    return at.kept;
  }

  function known(key: DocumentKey): DocumentKey {
    asked(seen.get(key), key);
    return key;
  }
}

/** The credit of the author of a state for the row that made it, see {@link KeptDocument.edit}. */
export function ownCredit(kept: KeptDocument | null, replica: string): Counted | null {
  if (kept === null || kept.edit === null || kept.document.author !== replica) return null;
  const { datastore, id, base } = kept.document;
  return { datastore, id, replica, base, edit: kept.edit, refused: false, amounts: {} };
}

function unseen(): Seen {
  return { kept: undefined, credited: undefined };
}

function laneOf(route: { system: string; stream: string }, key: DocumentKey) {
  return { system: route.system, stream: route.stream, datastore: key.datastore, id: key.id };
}

function asked<T>(part: T | undefined, what: string | DocumentKey): T {
  if (part === undefined) throw notAsked(typeof what === 'string' ? what : `${what.datastore} ${what.id}`);
  return part;
}

function notAsked(what: string): Error {
  return new Error(`The write decides on ${what}, which its request does not name.`);
}
