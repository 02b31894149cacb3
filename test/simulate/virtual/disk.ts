import Database from 'better-sqlite3';

/** What may go wrong with a file: each statement that changes it is asked about before it runs. */
export type DiskFault = (sql: string) => 'ok' | 'power-cut' | { readonly code: string };

const open = new Map<string, Set<Database.Database>>();
const faults = new Map<string, DiskFault>();

/** From now on the statements of all databases can be made to fail. Call it once. */
export function watchDisks(): void {
  const prepare = Database.prototype.prepare;
  let isStatementPatched = false;
  Database.prototype.prepare = function prepareWatched(this: Database.Database, sql: string) {
    const known = open.get(this.name) ?? new Set();
    open.set(this.name, known.add(this));
    const statement = prepare.call(this, sql);
    if (!isStatementPatched) {
      isStatementPatched = true;
      watchStatements(Object.getPrototypeOf(statement));
    }
    return statement;
  } as typeof prepare;
}

function watchStatements(prototype: Database.Statement): void {
  const { run } = prototype;
  prototype.run = function runWatched(this: Database.Statement, ...values: unknown[]) {
    const fault = faults.get(this.database.name);
    if (fault !== undefined) meet(fault(this.source), this.database);
    return run.apply(this, values);
  } as typeof run;
}

function meet(what: ReturnType<DiskFault>, database: Database.Database): void {
  if (what === 'ok') return;
  if (what === 'power-cut') {
    cutPower(database.name);
    return;
  }
  throw new Database.SqliteError('simulated', what.code);
}

/** Sets what goes wrong with a file; null: nothing. */
export function setDiskFault(file: string, fault: DiskFault | null): void {
  if (fault === null) faults.delete(file);
  else faults.set(file, fault);
}

/**
 * Takes a file away from the code that has it open: what was committed is in it, everything else is lost, and no later
 * statement of that code has any effect.
 */
export function cutPower(file: string): void {
  for (const database of open.get(file) ?? []) database.close();
  open.delete(file);
  faults.delete(file);
}

/** Number of files that are open. */
export function openFiles(): number {
  return [...open.values()].filter((known) => [...known].some((database) => database.open)).length;
}
