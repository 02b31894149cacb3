import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';

/**
 * What SQLite finds wrong with a store file, as texts; empty if it is sound, null if there is no such file. Reads only, so
 * it may run beside a server. Throws if the file cannot be opened at all.
 */
export function integrityProblems(filename: string): readonly string[] | null {
  if (!existsSync(filename)) return null;
  const database = new Sqlite(filename, { readonly: true, fileMustExist: true });
  try {
    const rows = database.pragma('quick_check') as readonly { readonly quick_check: string }[];
    return rows.map((row) => row.quick_check).filter((text) => text !== 'ok');
  } finally {
    database.close();
  }
}
