import { join } from 'node:path';

/** The files of a data folder that have to do with damage. */
export interface FolderFiles {
  readonly database: string;
  /**
   * The id of the replica once more, for the case that the database does not tell it any more, and which file on disk the
   * database was: a copy of the folder is known by that.
   */
  readonly identity: string;
  /** There as long as the database has to be looked at before it is used; holds the reason. */
  readonly suspect: string;
  /** Reports for the application. */
  readonly reports: string;
  /** The new database while it is written, and when it is complete. */
  readonly partial: string;
  readonly salvaged: string;
  /** What is to be told, and under which names the damaged files are to be kept, once the new database takes their place. */
  readonly pending: string;
  /** Where the damaged database is kept. */
  kept(at: Date): string;
}

/** Names the files of a data folder. */
export function filesIn(folder: string): FolderFiles {
  const file = (name: string) => join(folder, name);
  return {
    database: file('replica.db'),
    identity: file('replica.id'),
    suspect: file('replica.suspect'),
    reports: file('replica.damage.json'),
    partial: file('replica.salvage-partial.db'),
    salvaged: file('replica.salvaged.db'),
    pending: file('replica.salvaged.json'),
    kept: (at) => file(`replica.damaged-${at.toISOString().replaceAll(/[:.]/g, '-')}.db`),
  };
}
