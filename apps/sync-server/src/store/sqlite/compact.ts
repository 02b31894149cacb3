import type { Database } from 'better-sqlite3';
import type { DocumentTable } from '../work/tables.ts';

interface Tombstone {
  readonly scope: string;
  readonly datastore: string;
  readonly id: string;
}

/** Raises floors and removes tombstones, a piece at a time so that writes pass between. */
export function prepareCompaction(database: Database, documents: DocumentTable) {
  // The oldest commit to keep bounds the floor, so a clock that once stood back cannot end the retention early.
  const raiseFloors = database.prepare<{ before: number }>(
    `update scope_head set floor = max(floor, ifnull(
       (select max(last_seq) from scope_commit as past where past.scope = scope_head.scope and past.last_seq <
         ifnull((select min(last_seq) from scope_commit as kept
                 where kept.scope = scope_head.scope and kept.at >= :before), scope_head.seq + 1)), 0))`,
  );
  const removeCommits = database.prepare(
    `delete from scope_commit where last_seq <
       (select floor from scope_head where scope_head.scope = scope_commit.scope)`,
  );
  const past = database.prepare<[number], Tombstone>(
    `select document.scope, document.datastore, document.id from scope_head
       join document on document.scope = scope_head.scope and document.seq <= scope_head.floor and document.deleted = 1
     where not exists (
       select 1 from outbox where outbox.scope = document.scope and outbox.datastore = document.datastore
         and outbox.id = document.id)
     limit ?`,
  );
  const removeDocument = database.prepare<[string, string, string]>(
    'delete from document where scope = ? and datastore = ? and id = ?',
  );
  const removeCounted = database.prepare<[string, string, string]>(
    'delete from counted where scope = ? and datastore = ? and id = ?',
  );

  return {
    /** Before any tombstone goes: who reads the new floor knows that they may be gone. */
    raiseFloors: (before: number): void => {
      raiseFloors.run({ before });
      removeCommits.run();
    },
    /** Removes up to so many tombstones below the floors and says how many there were. */
    removeTombstones: (limit: number): number => {
      const tombstones = past.all(limit);
      for (const { scope, datastore, id } of tombstones) {
        removeDocument.run(scope, datastore, id);
        removeCounted.run(scope, datastore, id);
        documents.addTally(scope, datastore, { documents: 0, tombstones: -1 });
      }
      return tombstones.length;
    },
  };
}
