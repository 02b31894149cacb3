import { randomBytes } from 'node:crypto';
import type { Commit } from '../store.ts';
import type { ScopeTable } from './scopes.ts';

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
  /** The scope has come to this number, by documents of so many characters. */
  advanced(scope: string, seq: number, size: number): void;
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

/** Begins to collect what the jobs of one transaction do. */
export function startGroup(scopes: ScopeTable, now: number): Group {
  const tags = new Map<string, string>();
  const heads = new Map<string, number>();
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
        advanced: (scope, seq, added) => {
          done.push(() => heads.set(scope, seq));
          size += added;
        },
        told: (system) => {
          done.push(() => systems.add(system));
        },
      });
      for (const effect of done) effect();
      return result;
    },
    seal: () => {
      for (const [scope, seq] of heads) scopes.commit({ scope, seq, tag: tagOf(scope), at: now });
      return heads.size + systems.size === 0 ? null : { heads: Object.fromEntries(heads), systems: [...systems] };
    },
  };

  function tagOf(scope: string): string {
    const known = tags.get(scope);
    if (known !== undefined) return known;
    const tag = randomBytes(8).toString('base64url');
    tags.set(scope, tag);
    return tag;
  }
}
