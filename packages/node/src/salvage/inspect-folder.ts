import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Datastore, DatastoreError } from '@datastores/core';
import { markCopied } from '@datastores/core/replica';
import type { RxStorage } from 'rxdb';
import type { LeftLock } from '../folder-lock.ts';
import { REPLICA } from '../replica-name.ts';
import { quickCheck } from '../storage/check-file.ts';
import { type Durability, isOpenHere } from '../storage/connection.ts';
import { getRxStorageSQLite } from '../storage/storage.ts';
import { createDamageReports, type DamageReport, describeDamage } from './damage-report.ts';
import type { FolderFiles } from './folder-files.ts';
import { readEverything } from './read-everything.ts';
import { salvageFile } from './salvage-file.ts';
import { finishSwap, swap } from './swap.ts';
import { readWal } from './wal.ts';

/** A data folder that is about to be opened. */
export interface InspectedFolder {
  readonly files: FolderFiles;
  readonly datastores: ReadonlyMap<string, Datastore>;
  /** What the process before left behind; null where it closed the folder. */
  readonly left: LeftLock | null;
  readonly durability: Durability;
}

/**
 * Looks at the database of a folder before it is opened, if the process before did not close it or had met damage. A sound
 * one is left alone. Of a damaged one the unpushed edits are carried over into a new file, and the damaged one is kept; where
 * the newest writes are missing, with SQLite's log of them, the rest goes on as the earlier state that it is. Both are
 * reported. Throws where the file cannot be looked at or replaced; it is looked at again at the next opening then. Resolves
 * with true where something may be missing, so that the replica is to be compared with the server.
 */
export async function inspectFolder(inspected: InspectedFolder): Promise<boolean> {
  const { files, left } = inspected;
  if (finishSwap(files)) {
    rmSync(files.suspect, { force: true });
    return true;
  }
  const reason = suspicion(files);
  if (left === null && reason === null) return false;
  const missing = reason?.startsWith(WENT_BACK) ? [reason.slice(WENT_BACK.length)] : missingWrites(files, left);
  // Whatever is found now must be found again if this process dies before it is settled.
  if (missing.length > 0) suspect(files, WENT_BACK + missing[0]);
  else if (reason === null) suspect(files, NOT_CLOSED);
  const metDamage = reason !== null && reason !== NOT_CLOSED;
  const problems = existsSync(files.database) ? await problemsOf(files, metDamage) : [];
  if (problems.length > 0) await salvageFolder(inspected, [...problems, ...missing]);
  else if (missing.length > 0) await goBack(files, missing);
  else if (mayLackCommits(inspected)) await continueAsCopy(files);
  rmSync(files.suspect, { force: true });
  return problems.length > 0 || missing.length > 0 || mayLackCommits(inspected);
}

const NOT_CLOSED = 'It was not closed.';
const WENT_BACK = 'It went back to an earlier state: ';

/** Notes that the database is to be looked at before it is opened the next time. */
export function suspect({ suspect: file }: FolderFiles, reason: string): void {
  writeFileSync(file, `${reason}\n`);
}

/** Carries the unpushed edits of a damaged database over into a new one. Nobody may have it open. */
export async function salvageFolder(inspected: InspectedFolder, problems: readonly string[]): Promise<void> {
  const { files, datastores } = inspected;
  if (existsSync(files.database) && isOpenHere(files.database)) {
    throw new DatastoreError(
      'STORAGE_UNREADABLE',
      `${files.database} is damaged (${problems[0]}) and still open here.`,
      {
        remedy: 'End this process and start it again: unpushed edits are salvaged then, and the rest is pulled anew.',
      },
    );
  }
  const missing = missingWrites(files, inspected.left).length > 0;
  const outcome = await salvageFile(files, datastores);
  const at = new Date();
  const kept = files.kept(at);
  const log = existsSync(`${files.database}-wal`) ? [`${kept}-wal`] : [];
  const mayLackMore = outcome.mayLackMore || missing;
  const report: DamageReport = { at: at.getTime(), problems, kept: [kept, ...log], ...outcome, mayLackMore };
  swap(files, report);
  rmSync(files.suspect, { force: true });
  tell(report);
}

/** What SQLite finds wrong; and where damage was met, whatever else is. */
async function problemsOf({ database }: FolderFiles, metDamage: boolean): Promise<readonly string[]> {
  const problems = await quickCheck(database);
  return problems.length > 0 || !metDamage ? problems : readEverything(database);
}

/** While a database is open its newest writes lie in the log beside it: without that it is sound, and of an earlier time. */
function missingWrites({ database }: FolderFiles, left: LeftLock | null): readonly string[] {
  if (left === null) return [];
  const open = left.state === 'open';
  if (!existsSync(database)) return open ? [`${database} is gone`] : [];
  if (!existsSync(`${database}-wal`)) return open ? [`${database}-wal is gone, with the newest writes`] : [];
  return readWal(`${database}-wal`).damaged ? [`${database}-wal is damaged, and the newest writes with it`] : [];
}

async function goBack(files: FolderFiles, problems: readonly string[]): Promise<void> {
  const at = new Date();
  const log = `${files.database}-wal`;
  const kept = existsSync(log) ? [`${files.kept(at)}-wal`] : [];
  // Without a database the log would become part of the next one.
  for (const copy of kept) existsSync(files.database) ? copyFileSync(log, copy) : renameSync(log, copy);
  await continueAsCopy(files);
  const report = { at: at.getTime(), problems, kept, salvaged: 0, rejected: 0, lost: [], mayLackMore: true };
  createDamageReports(files.reports).add(report);
  tell(report);
}

/** A commit that was not synced may be lost with the power, and the replica has told the server of it all the same. */
function mayLackCommits({ left, durability, files }: InspectedFolder): boolean {
  return durability === 'normal' && left?.sinceBoot === false && existsSync(files.database);
}

/** The server knows this replica in a later state. It must not number other edits as it did those that it forgot. */
function continueAsCopy({ database }: FolderFiles): Promise<void> {
  return markCopied(getRxStorageSQLite({ filename: database }) as RxStorage<unknown, unknown>, REPLICA);
}

function tell(report: DamageReport): void {
  process.emitWarning(describeDamage(report), { code: 'DATASTORES_DAMAGE', type: 'DatastoresWarning' });
}

/** Why the database is to be looked at; null where it is not. */
function suspicion({ suspect: file }: FolderFiles): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}
