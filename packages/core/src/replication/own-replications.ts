import type { Poke } from '../protocol/changes.ts';
import { isScopeFor, SERVER_OWNED } from '../protocol/own-scopes.ts';
import type { Replication } from './replicate.ts';
import type { Status } from './status.ts';

/** The replications of what the server itself writes: receipts, and the states of systems. */
export interface OwnReplications {
  /** The poke is told to those it concerns, and begins those that have something to pull. */
  poked(poke: Poke): void;
  streamChanged(): void;
  /** Brings everything up to date, whether there was reason to or not. */
  refresh(): Promise<void>;
  /** Pulls one now. Resolves after the attempt; its status says what came of it. */
  pullNow(datastore: string): Promise<Status>;
  status(datastore: string): Status;
  close(): Promise<void>;
}

/** What the replications are made of. */
export interface OwnReplicationsOptions {
  readonly replications: ReadonlyMap<string, Replication>;
  /** Told when one begins. */
  readonly began: () => void;
  /** False once the connection is closed. */
  readonly mayBegin: () => boolean;
}

/**
 * Most replicas have no receipts and know of no systems, and then never ask for any: a replication begins when the stream
 * of pokes says that there is something in its scope, or when somebody wants to know.
 */
export function createOwnReplications(options: OwnReplicationsOptions): OwnReplications {
  const { replications, began, mayBegin } = options;
  const begun = new Set<string>();
  const begin = (name: string) => {
    if (begun.has(name) || !mayBegin()) return;
    begun.add(name);
    replications.get(name)?.start();
    began();
  };
  const of = (name: string) => replications.get(name) as Replication;
  return {
    poked(poke) {
      for (const { name } of SERVER_OWNED) {
        const own = stepsFor(name, poke);
        if (own.steps.length > 0) begin(name);
        if (own.steps.length > 0 || poke.all) of(name).poked(own);
      }
    },
    streamChanged() {
      for (const replication of replications.values()) replication.streamChanged();
    },
    async refresh() {
      await Promise.all(
        [...replications].map(([name, replication]) => {
          begin(name);
          return replication.syncNow();
        }),
      );
    },
    async pullNow(name) {
      begin(name);
      await of(name).syncNow();
      return of(name).status();
    },
    status: (name) => of(name).status(),
    async close() {
      await Promise.all([...replications.values()].map((replication) => replication.close()));
    },
  };
}

/** The steps of a poke that concern a datastore: those of scopes that it is not seen in are not for it to follow. */
export function stepsFor(datastore: string, poke: Poke): Poke {
  const steps = poke.steps.filter(({ scope, of }) => isScopeFor(datastore, scope) && (of?.includes(datastore) ?? true));
  return steps.length === poke.steps.length ? poke : { ...poke, steps };
}
