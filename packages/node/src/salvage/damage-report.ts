import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { LostEdit } from '@datastores/core/replica';
import { replaceDurably } from '../storage/durable-file.ts';

/** What was found wrong with the file of a replica, and what became of the changes in it that were not pushed yet. */
export interface DamageReport {
  /** Milliseconds since 1970, by the clock of the device. */
  readonly at: number;
  /** The damage, in the words of SQLite where it found it. */
  readonly problems: readonly string[];
  /** Paths of what is kept of the damaged file. Nothing here deletes it. */
  readonly kept: readonly string[];
  /** How many unpushed edits were carried over into a new file; they are pushed as if nothing had happened. */
  readonly salvaged: number;
  /** How many edits could be read but not pushed any more; they are in `rejected$` with all they say. */
  readonly rejected: number;
  /** Unpushed edits that could not be read. */
  readonly lost: readonly LostEdit[];
  /** True if there may have been further edits of which nothing could be read, not even that they were there. */
  readonly mayLackMore: boolean;
}

/** The report in a sentence or two. */
export function describeDamage({ problems, kept, salvaged, rejected, lost, mayLackMore }: DamageReport): string {
  const ids = lost.map(({ datastore, id }) => `${datastore} "${id}"`).join(', ');
  return [
    `The replica's file was damaged (${problems[0] ?? 'unknown'}).`,
    `Unpushed changes: ${salvaged} saved, ${rejected} moved to the rejected list, ${lost.length} lost${ids && `: ${ids}`}.`,
    mayLackMore ? 'There may have been others of which nothing can be read.' : 'There were no others.',
    'Everything else is pulled again.',
    kept.length === 0 ? 'Nothing is left of the damaged file.' : `The damaged file is kept: ${kept.join(', ')}.`,
  ].join(' ');
}

/** The reports that the application has not dismissed, oldest first, kept in a file. */
export interface DamageReports {
  list(): readonly DamageReport[];
  add(report: DamageReport): void;
  dismiss(): void;
}

/** Opens the reports in a file, which need not exist. One that cannot be read any more is replaced by the next report. */
export function createDamageReports(file: string): DamageReports {
  const list = (): readonly DamageReport[] => readJson<readonly DamageReport[]>(file) ?? [];
  return {
    list,
    add(report) {
      writeJson(file, [...list(), report]);
    },
    dismiss() {
      rmSync(file, { force: true });
    },
  };
}

/** The content of a file of JSON; null where it is not there or cannot be read. */
export function readJson<T>(file: string): T | null {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}

/** Writes a file of JSON so that a crash leaves the old one or the new one. */
export function writeJson(file: string, content: unknown): void {
  replaceDurably(file, JSON.stringify(content, null, 2));
}
