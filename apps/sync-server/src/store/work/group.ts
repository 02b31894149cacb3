import { randomBytes } from 'node:crypto';
import type { StoredDocument } from '../document.ts';
import type { Advance, Commit } from '../store.ts';
import type { ScopeTable } from './tables.ts';

/** One change of the store. `weight` is the number of documents that it may write. */
export interface Job<T> {
  readonly weight: number;
  readonly run: (work: Work) => T;
}

/** What a job may use of its transaction, and where it says what it did. */
export interface Work {
  /** The clock at the start of the transaction, milliseconds since 1970. */
  readonly now: number;
  /** The tag that the commit of this transaction has in a scope. */
  tagOf(scope: string): string;
  /** The scope has grown by these documents, at least one, in the order of their numbers. */
  advanced(scope: string, documents: readonly StoredDocument[]): void;
  /** The outbox of a system has grown. */
  told(system: string): void;
}

/** The jobs of one transaction, seen together. */
export interface Group {
  /** Weight of the jobs so far. */
  readonly weight: number;
  /** Characters of the documents so far. */
  readonly size: number;
  /** Runs a job. What it says it did counts only if it returns. */
  run<T>(job: Job<T>): T;
  /** Writes the commit rows, last of all. Null if there is nothing to tell. */
  seal(): Commit | null;
}

/** The documents of a transaction in one scope. */
interface Growth {
  readonly first: number;
  last: number;
  readonly datastores: Set<string>;
}

/** Begins to collect what the jobs of one transaction do. */
export function startGroup(scopes: ScopeTable, now: number): Group {
  const tags = new Map<string, string>();
  const advances = new Map<string, Growth>();
  const systems = new Set<string>();
  let weight = 0;
  let size = 0;

  return {
    get weight() {
      return weight;
    },
    get size() {
      return size;
    },
    run: (job) => {
      const done: (() => void)[] = [];
      weight += Math.max(1, job.weight);
      const result = job.run({
        now,
        tagOf,
        advanced: (scope, documents) => {
          done.push(() => grow(scope, documents));
          for (const { body } of documents) size += body.length;
        },
        told: (system) => {
          done.push(() => systems.add(system));
        },
      });
      for (const effect of done) effect();
      return result;
    },
    seal: () => {
      if (advances.size + systems.size === 0) return null;
      const epoch = scopes.epoch();
      const told = [...systems];
      return {
        advances: [...advances].map(([scope, growth]) => sealed(scope, growth, { epoch, told })),
        systems: told,
      };
    },
  };

  function grow(scope: string, documents: readonly StoredDocument[]): void {
    const growth = advances.get(scope) ?? { first: documents[0]?.seq ?? 0, last: 0, datastores: new Set() };
    advances.set(scope, growth);
    growth.last = documents.at(-1)?.seq ?? growth.last;
    for (const { datastore } of documents) growth.datastores.add(datastore);
  }

  function sealed(scope: string, growth: Growth, { epoch, told }: { epoch: string; told: readonly string[] }): Advance {
    const { first, last } = growth;
    const datastores = [...growth.datastores];
    const tag = tagOf(scope);
    const before = scopes.tagAt(scope, first - 1);
    const after = before === null ? null : { epoch, seq: first - 1, tag: before };
    scopes.commit({ scope, first, seq: last, tag, at: now, datastores, systems: told });
    return { scope, after, first, position: { epoch, seq: last, tag }, datastores };
  }

  function tagOf(scope: string): string {
    const known = tags.get(scope);
    if (known !== undefined) return known;
    const tag = randomBytes(8).toString('base64url');
    tags.set(scope, tag);
    return tag;
  }
}
