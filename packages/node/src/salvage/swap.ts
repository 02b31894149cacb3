import { existsSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { renameDurably, syncFolder } from '../storage/durable-file.ts';
import { createDamageReports, type DamageReport, readJson, writeJson } from './damage-report.ts';
import type { FolderFiles } from './folder-files.ts';

/** What goes on as one with a database. */
const SUFFIXES = ['-wal', '-shm', ''] as const;

/**
 * Lets the salvaged database take the place of the damaged one, which is kept under the name in the report. Killed at any
 * step, {@link finishSwap} goes on with it: the new database exists under its own name until everything else is done.
 */
export function swap(files: FolderFiles, report: DamageReport): void {
  writeJson(files.pending, report);
  renameDurably(files.partial, files.salvaged);
  finishSwap(files);
}

/**
 * Finishes what a process that died had begun. To be called before the database of a folder is looked at; true if that is a
 * new one now, which nobody has opened yet.
 */
export function finishSwap(files: FolderFiles): boolean {
  const report = reportIn(files);
  if (existsSync(files.salvaged) && report !== null) {
    const [kept] = report.kept;
    for (const suffix of SUFFIXES) {
      const from = files.database + suffix;
      // The index of the log is of no use without the process that made it.
      if (suffix === '-shm') rmSync(from, { force: true });
      else if (existsSync(from) && kept !== undefined) renameSync(from, kept + suffix);
    }
    syncFolder(dirname(files.database));
    renameDurably(files.salvaged, files.database);
  }
  const done = report?.kept.some(existsSync) === true && !existsSync(files.salvaged);
  if (done) createDamageReports(files.reports).add(report);
  rmSync(files.pending, { force: true });
  return done;
}

/** What it names lies in this folder, also where the folder was moved or copied since: then not in the one it was written in. */
function reportIn(files: FolderFiles): DamageReport | null {
  const report = readJson<DamageReport>(files.pending);
  const here = dirname(files.database);
  return report && { ...report, kept: report.kept.map((path) => join(here, basename(path))) };
}
