import type { Pool } from 'pg';
import type { Commit, Route } from '../store.ts';
import { storeClosed } from '../store-closed.ts';
import { isCollision, isOfOneRow, rowFailure, storeFailure } from './failure.ts';
import { type Committed, runTransaction, type StoreJob } from './transaction.ts';

/** At this many documents a transaction ends: nobody shall wait long for a neighbour. */
const MAX_WEIGHT = 500;

/** Transactions that are under way at the same time, each with lines of its own. */
const MAX_AT_ONCE = 3;

/** How often jobs that met those of another server are run again. */
const MAX_COLLISIONS = 8;

/** Runs jobs, as many as fit in one transaction; those of one line in the order in which they came. */
export interface GroupCommit {
  /** Resolves when the job is durable. Rejects, with the job alone undone, if it throws. */
  run<T>(job: StoreJob<T>): Promise<T>;
  /** Finishes the queue; refuses what comes later. */
  close(): Promise<void>;
}

/** Where the jobs run, and who is told of their commits. */
export interface GroupCommitOptions {
  readonly pool: Pool;
  readonly routes: (datastore: string) => readonly Route[];
  readonly clock: () => number;
  readonly onCommit: (commit: Commit) => void;
}

interface Member extends StoreJob<unknown> {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A commit costs a flush to disk, so everything that arrived since the last one shares the next. A line is in one
 * transaction at a time: its lock would only make the others wait with a connection in their hands.
 */
export function createGroupCommit({ pool, routes, clock, onCommit }: GroupCommitOptions): GroupCommit {
  const busy = new Set<string>();
  let queue: Member[] = [];
  let under = 0;
  let scheduled = false;
  let closing: Promise<void> | null = null;
  let drained: () => void = () => {};

  return {
    run: (job) => {
      if (closing !== null) return Promise.reject(storeClosed());
      return new Promise((resolve, reject) => {
        queue.push({ ...job, resolve: resolve as Member['resolve'], reject });
        schedule();
      });
    },
    close: () => {
      closing ??= new Promise((resolve) => {
        drained = resolve;
        if (queue.length + under === 0) resolve();
      });
      return closing;
    },
  };

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      while (under < MAX_AT_ONCE) {
        const members = takeGroup();
        if (members.length === 0) break;
        void runGroup(members);
      }
    });
  }

  /** The oldest members whose lines are free. */
  function takeGroup(): Member[] {
    const taken: Member[] = [];
    const left: Member[] = [];
    let weight = 0;
    const passed = new Set<string>();
    for (const member of queue) {
      const own = Math.max(1, member.weight);
      const fits = taken.length === 0 || weight + own <= MAX_WEIGHT;
      if (fits && !busy.has(member.line) && !passed.has(member.line)) {
        taken.push(member);
        weight += own;
      } else {
        passed.add(member.line);
        left.push(member);
      }
    }
    queue = left;
    return taken;
  }

  async function runGroup(members: readonly Member[]): Promise<void> {
    const lines = new Set(members.map(({ line }) => line));
    for (const line of lines) busy.add(line);
    under += 1;
    const left = await commitGroup(members);
    queue = [...left, ...queue];
    for (const line of lines) busy.delete(line);
    under -= 1;
    if (queue.length > 0) schedule();
    else if (under === 0) drained();
  }

  /** Returns the members that did not fit. */
  async function commitGroup(members: readonly Member[]): Promise<readonly Member[]> {
    try {
      const { outcomes, commit } = await commitJobs(members);
      for (const [index, outcome] of outcomes.entries()) {
        const member = members[index];
        if (outcome.ok) member?.resolve(outcome.value);
        else member?.reject(storeFailure(outcome.error));
      }
      if (commit !== null) onCommit(commit);
      return members.slice(outcomes.length);
    } catch (error) {
      // One row that the database does not take must not stop the others.
      if (members.length > 1 && isOfOneRow(error)) {
        for (const member of members) await commitGroup([member]);
      } else {
        for (const member of members) member.reject(rowFailure(error));
      }
      return [];
    }
  }

  async function commitJobs(members: readonly Member[]): Promise<Committed> {
    for (let collisions = 0; ; collisions += 1) {
      const client = await pool.connect();
      try {
        const committed = await runTransaction(client, members, { routes, now: clock() });
        client.release();
        return committed;
      } catch (error) {
        client.release(true);
        if (!isCollision(error) || collisions === MAX_COLLISIONS) throw error;
      }
    }
  }
}
