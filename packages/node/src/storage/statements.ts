import type Database from 'better-sqlite3';

/** Prepared statements of one table by their SQL text. */
export interface Statements {
  /** The prepared statement for this SQL, whose first column alone is returned. */
  readonly pluck: <Result>(sql: string) => Database.Statement<unknown[], Result>;
  /** The prepared statement for this SQL, whose rows are returned as lists of their columns. */
  readonly raw: <Result extends readonly unknown[]>(sql: string) => Database.Statement<unknown[], Result>;
  /** The prepared statement for this SQL. */
  readonly prepare: <Result>(sql: string) => Database.Statement<unknown[], Result>;
}

/** Selectors differ in length and shape without end; this many texts are kept. */
const KEPT = 200;

/** Creates the cache of prepared statements of one table. The statement prepared longest ago goes first. */
export function createStatements(database: Database.Database): Statements {
  const plain = new Map<string, Database.Statement<unknown[], unknown>>();
  const listed = new Map<string, Database.Statement<unknown[], unknown>>();
  const plucked = new Map<string, Database.Statement<unknown[], unknown>>();
  return {
    prepare: <Result>(sql: string) =>
      cached(plain, sql, () => database.prepare(sql)) as Database.Statement<unknown[], Result>,
    raw: <Result extends readonly unknown[]>(sql: string) =>
      cached(listed, sql, () => database.prepare(sql).raw()) as Database.Statement<unknown[], Result>,
    pluck: <Result>(sql: string) =>
      cached(plucked, sql, () => database.prepare(sql).pluck()) as Database.Statement<unknown[], Result>,
  };
}

function cached<Value>(cache: Map<string, Value>, sql: string, create: () => Value): Value {
  const known = cache.get(sql);
  if (known !== undefined) return known;
  const value = create();
  cache.set(sql, value);
  const [oldest] = cache.keys();
  if (cache.size > KEPT && oldest !== undefined) cache.delete(oldest);
  return value;
}
