import type { PoolClient } from 'pg';
import type { Commit, Route } from '../store.ts';
import { type Group, type Job, startGroup, type Work } from '../work/group.ts';
import type { Load } from './memory/space.ts';
import { createMemoryTables, type MemoryTables } from './memory/tables.ts';
import { listsOf, run } from './session.ts';

/** One change of the store, and what it is known to need. */
export interface StoreJob<T> {
  /** Number of documents that it may write. */
  readonly weight: number;
  /** Whose turn it waits for: jobs of one line run in order. */
  readonly line: string;
  /** Has read what it will need, as far as that is known. */
  readonly expect: (tables: MemoryTables) => void;
  readonly run: (tables: MemoryTables, work: Work) => T;
}

/** What became of one job: its result, or why it alone was undone. */
export type JobOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** A committed transaction. It may have taken fewer jobs than it was given, from the first on. */
export interface Committed {
  readonly outcomes: readonly JobOutcome[];
  readonly commit: Commit | null;
}

/** What a transaction is made for. */
export interface TransactionContext {
  readonly routes: (datastore: string) => readonly Route[];
  readonly now: number;
}

/** Characters of documents at which a transaction ends: nobody shall wait long for a neighbour. */
const MAX_SIZE = 2 * 1024 * 1024;

/** Jobs need two or three readings at most; more would be a job that never sees the same. */
const MAX_READINGS = 30;

/**
 * Runs jobs in one transaction: takes the locks of their scopes, reads what they need, lets them run in memory, writes what
 * they have changed, and commits. Three rounds to the database, whatever the number of jobs. Throws if nothing is committed,
 * or if it is not known; the connection is of no use then.
 */
export async function runTransaction(
  client: PoolClient,
  jobs: readonly StoreJob<unknown>[],
  { routes, now }: TransactionContext,
): Promise<Committed> {
  const tables = createMemoryTables(routes);
  for (const job of jobs) job.expect(tables);
  await read(client, tables, 'begin');
  for (let reading = 1; ; reading += 1) {
    const ran = runJobs(tables, jobs, now);
    if (!tables.space.isShort) return finish(client, tables, ran);
    if (reading === MAX_READINGS) throw new Error('A write never stops to ask for more.');
    await readMore(client, tables);
    tables.space.restart();
  }
}

interface Ran {
  readonly outcomes: readonly JobOutcome[];
  readonly commit: Commit | null;
}

function runJobs(tables: MemoryTables, jobs: readonly StoreJob<unknown>[], now: number): Ran {
  const group = startGroup(tables.scopes, now);
  const outcomes: JobOutcome[] = [];
  for (const job of jobs) {
    if (group.size >= MAX_SIZE) break;
    outcomes.push(runJob(tables, group, job));
  }
  tables.space.begin();
  return { outcomes, commit: group.seal() };
}

function runJob(tables: MemoryTables, group: Group, { weight, run: runIn }: StoreJob<unknown>): JobOutcome {
  const undo = tables.space.begin();
  const job: Job<unknown> = { weight, run: (work) => runIn(tables, work) };
  try {
    return { ok: true, value: group.run(job) };
  } catch (error) {
    undo();
    return { ok: false, error };
  }
}

async function finish(client: PoolClient, tables: MemoryTables, ran: Ran): Promise<Committed> {
  const writes = tables.writes();
  // Nothing but locks was taken: there is no need to wait for the disk.
  if (writes.length === 0) await client.query('rollback');
  else await allOf([...writes.map((write) => run(client, write)), client.query('commit')]);
  return ran;
}

async function readMore(client: PoolClient, tables: MemoryTables): Promise<void> {
  const lock = tables.lock();
  if (lock === null) return read(client, tables, null);
  // Locks are taken in one order, so that nobody waits for each other: one that is added means to begin again.
  tables.space.reread();
  await client.query('rollback');
  return read(client, tables, 'begin');
}

/** Sent in one go: each statement sees what was committed before the locks were taken. */
async function read(client: PoolClient, tables: MemoryTables, begin: 'begin' | null): Promise<void> {
  const lock = tables.lock();
  const loads = tables.loads();
  await allOf([
    ...(begin === null ? [] : [client.query(begin)]),
    ...(lock === null ? [] : [load(client, lock)]),
    ...loads.map((one) => load(client, one)),
  ]);
}

async function load(client: PoolClient, { statement, take }: Load): Promise<void> {
  take(await listsOf<never>(client, statement));
}

/** The first failure is the reason of all others. */
async function allOf(calls: readonly Promise<unknown>[]): Promise<void> {
  for (const call of await Promise.allSettled(calls)) if (call.status === 'rejected') throw call.reason;
}
