import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Datastore } from '@datastores/core';
import { type LostEdit, salvageEdits, writeSalvaged } from '@datastores/core/replica';
import type { RxStorage } from 'rxdb';
import { REPLICA } from '../replica-name.ts';
import { getRxStorageSQLite } from '../storage/storage.ts';
import type { FolderFiles } from './folder-files.ts';
import { idBeside } from './identity-file.ts';
import { readDamagedReplica } from './read-replica.ts';

/** What became of the edits in a damaged file. */
export interface SalvageOutcome {
  readonly salvaged: number;
  readonly rejected: number;
  readonly lost: readonly LostEdit[];
  readonly mayLackMore: boolean;
}

/**
 * Reads what can be read of the damaged database of a folder and writes the unpushed edits into a new one beside it. The
 * damaged one is not touched. Throws STORAGE_UNAVAILABLE where the new one cannot be written, and can then be done again.
 */
export async function salvageFile(
  files: FolderFiles,
  datastores: ReadonlyMap<string, Datastore>,
): Promise<SalvageOutcome> {
  const damaged = await readDamagedReplica(files.database, datastores);
  const of = <K extends (typeof damaged.entries)[number]['kind']>(kind: K) =>
    damaged.entries.filter((entry): entry is Extract<typeof entry, { kind: K }> => entry.kind === kind);
  const edits = salvageEdits({ ...damaged, edits: of('edit') }, { datastores, now: Date.now() });
  const replica = of('identity')[0]?.replica ?? idBeside(files) ?? randomUUID();
  for (const suffix of ['', '-wal', '-shm']) rmSync(files.partial + suffix, { force: true });
  await writeSalvaged(getRxStorageSQLite({ filename: files.partial }) as RxStorage<unknown, unknown>, REPLICA, {
    ...edits,
    replica,
    refused: of('rejected'),
    states: of('state'),
    internals: damaged.internals,
    datastores,
  });
  return {
    salvaged: edits.edits.length,
    rejected: edits.rejected.length,
    lost: edits.lost,
    mayLackMore: damaged.journalDamaged || !damaged.logSound,
  };
}
