import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { type AppliedStep, dueSteps, type Migration } from '../migration.ts';
import { appliedSteps } from './migrate.ts';
import { MIGRATIONS } from './schema.ts';

/** The steps that a store file has taken (null: there is no file) and those that the next start takes. Changes nothing. */
export function inspectFile(filename: string): {
  readonly applied: readonly AppliedStep[] | null;
  readonly due: readonly Migration[];
} {
  if (!existsSync(filename)) return { applied: null, due: MIGRATIONS };
  const database = new Sqlite(filename, { readonly: true, fileMustExist: true });
  try {
    const applied = appliedSteps(database);
    return { applied, due: dueSteps(MIGRATIONS, applied) };
  } finally {
    database.close();
  }
}
