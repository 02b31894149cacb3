import type Database from 'better-sqlite3';

/** Marks a file as a backup that nobody has opened as a replica: nothing in it but what was in the original. */
export function markBackup(database: Database.Database): void {
  database.exec('CREATE TABLE IF NOT EXISTS backup (made_at INTEGER NOT NULL)');
  database.prepare('INSERT INTO backup VALUES (?)').run(Date.now());
}

/** True for a backup that nobody has opened as a replica, which the next backup may replace. */
export function isBackup(database: Database.Database): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'backup'").get() !== undefined;
}

/** Takes the mark off a file that is opened to be used. */
export function unmarkBackup(database: Database.Database): void {
  database.exec('DROP TABLE backup');
}
