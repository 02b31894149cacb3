import { isReservedScope, type PushRequest, type PushResponse } from '@datastores/core/protocol';
import type { FeedDocument } from '../../../apps/sync-server/src/store/document.ts';
import type { Commit, Store } from '../../../apps/sync-server/src/store/store.ts';
import { createReturnedValues } from './returned-values.ts';
import { createSameCommit, type SameCommit } from './same-commit.ts';
import type { Violation } from './violation.ts';

/** A document as the server has it. */
export type ServerDocument = Readonly<Record<string, unknown>> & { readonly id: string };

/** What the server has ever said, collected from outside at each commit. */
export interface History {
  committed(store: Store, commit: Commit): void;
  /** A process of the server has begun: its heads are taken as they are, and must not be behind. */
  started(store: Store): void;
  /** The server has answered a push. */
  readonly answered: SameCommit['answered'];
  /** True if the server ever had this value in this field of this document. */
  had(datastore: string, id: string, value: string): boolean;
  /** The scopes that a document was ever in. */
  scopesOf(datastore: string, id: string): ReadonlySet<string>;
  /** Remembers where a copy of the store stands. */
  copied(): void;
  /** The copy is in the place of the store. */
  restored(): void;
  readonly wasRestored: boolean;
  /** True for a document that was inserted again where neither replica nor server could know that it had been deleted. */
  forgot(datastore: string, id: string): boolean;
  /** Nothing more will be pushed: reports what was not excused. */
  ended(): void;
}

interface Place {
  readonly heads: Map<string, number>;
  /** What documents were that are deleted, by name and the text that is unique to each insert, with the number of their tombstone. */
  readonly buried: Map<string, number>;
  readonly alive: Map<string, string>;
}

interface Source {
  readonly scope: string;
  readonly datastore: string;
  readonly floor: number;
}

/** Watches a server. */
export function createHistory(scopes: readonly string[], report: (violation: Violation) => void): History {
  let place: Place = { heads: new Map(), buried: new Map(), alive: new Map() };
  let copy: Place = place;
  const returned = createReturnedValues(report);
  const sameCommit = createSameCommit();
  const values = new Set<string>();
  const places = new Map<string, Set<string>>();
  /** How far each feed was read: a read fails where the power is cut in the middle of it. */
  const readTo = new Map<string, number>();
  /** Resurrections in a store that has forgotten the deletion or the insert, until it is known whether they are a first insert. */
  const doubtful = new Map<string, Violation>();
  const forgotten = new Set<string>();
  let wasRestored = false;

  function take({ scope, datastore, floor }: Source, row: FeedDocument): void {
    const name = `${datastore} ${row.id}`;
    places.set(name, (places.get(name) ?? new Set()).add(scope));
    const where = `${scope} ${name}`;
    if (row.deleted) {
      const born = place.alive.get(where);
      if (born !== undefined) place.buried.set(`${where} ${born}`, row.seq);
      place.alive.delete(where);
      return;
    }
    const document = JSON.parse(row.body) as ServerDocument;
    for (const value of Object.values(document)) values.add(`${name} ${String(value)}`);
    const born = String(document.born);
    const buried = place.buried.get(`${where} ${born}`);
    place.alive.set(where, born);
    if (buried === undefined) {
      returned.seen(`${where} ${born}`, document);
      return;
    }
    const violation: Violation = { kind: 'resurrection', detail: `${where} (${born}) was deleted and is there again` };
    if (wasRestored || buried <= floor) doubtful.set(name, violation);
    else report(violation);
  }

  /** The query runs at once, so it shows what the commit left that was just made. */
  function read(store: Store, { first, ...from }: { scope: string; datastore: string; first?: number }): void {
    const name = `${from.scope} ${from.datastore}`;
    store.feed({ ...from, after: readTo.get(name) ?? 0, maxRows: 10_000, maxBytes: 1e9 }).then(
      ({ rows, floor }) => {
        for (const row of rows) {
          take({ ...from, floor }, row);
          if (first !== undefined) sameCommit.committed(`${from.datastore} ${row.id}`, { first, seq: row.seq });
        }
        readTo.set(name, Math.max(readTo.get(name) ?? 0, rows.at(-1)?.seq ?? 0));
      },
      () => undefined,
    );
  }

  return {
    committed(store, { advances }) {
      for (const { scope, first, position, datastores } of advances) {
        // What the server itself says is judged by its receivers.
        if (isReservedScope(scope)) continue;
        const before = place.heads.get(scope) ?? 0;
        if (first !== before + 1 || position.seq < first) {
          report({ kind: 'gap', detail: `scope ${scope} went from ${before} to ${first}..${position.seq}` });
        }
        place.heads.set(scope, position.seq);
        for (const datastore of datastores) {
          read(store, { scope, datastore, first });
        }
      }
    },
    started(store) {
      for (const scope of scopes) {
        void store.head(scope).then(({ position }) => {
          const known = place.heads.get(scope) ?? 0;
          if (position.seq < known)
            report({ kind: 'lost-commit', detail: `${scope} is at ${position.seq}, was ${known}` });
          place.heads.set(scope, position.seq);
          // The last commit before a crash may not have been told.
          for (const datastore of ['item', 'note']) read(store, { scope, datastore });
        });
      }
    },
    answered(request, answer) {
      sameCommit.answered(request, answer);
      for (const id of insertedBy(request, answer)) {
        const name = `${request.datastore} ${id}`;
        if (doubtful.delete(name)) forgotten.add(name);
      }
    },
    forgot: (datastore, id) => forgotten.has(`${datastore} ${id}`),
    ended() {
      for (const violation of doubtful.values()) report(violation);
    },
    had: (datastore, id, value) =>
      values.has(`${datastore} ${id} ${value}`) || sameCommit.had(`${datastore} ${id}`, value),
    scopesOf: (datastore, id) => places.get(`${datastore} ${id}`) ?? new Set(),
    copied() {
      copy = { heads: new Map(place.heads), buried: new Map(place.buried), alive: new Map(place.alive) };
    },
    restored() {
      wasRestored = true;
      returned.stop();
      readTo.clear();
      place = { heads: new Map(copy.heads), buried: new Map(copy.buried), alive: new Map(copy.alive) };
    },
    get wasRestored() {
      return wasRestored;
    },
  };
}

/**
 * The documents that a push inserted for their maker, who was never answered. A store that went back does not know any more
 * that the insert had been carried out, and one that has compacted its tombstone neither; nor can the replica. Where the
 * document was deleted before the insert is repeated, the repeat is an insert like any other. Refusing it would lose those
 * that are.
 */
function insertedBy({ rows }: PushRequest, answer: PushResponse): readonly string[] {
  if (answer.kind !== 'done') return [];
  const sent = JSON.parse(String(rows)) as readonly { readonly base: string | null }[];
  return answer.outcomes.flatMap((outcome, index) =>
    outcome.is === 'accepted' && sent[index]?.base === null ? [outcome.id] : [],
  );
}
