import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn } from '../../packages/node/src/salvage/folder-files.ts';
import { idBeside, keepIdentity } from '../../packages/node/src/salvage/identity-file.ts';

/** Size of the pages of the files that the storage makes. */
export const PAGE = 4_096;

/**
 * Copies the data folder of a replica that is open, as a process that is killed now would leave it: with SQLite's log, and
 * with the lock of a process that is gone.
 */
export function copyAsKilled(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((file) => !file.endsWith('-shm'))) {
    copyFileSync(join(from, name), join(to, name));
  }
  const lock = join(to, 'replica.lock');
  const [, ...rest] = readFileSync(lock, 'utf8').split('\n');
  writeFileSync(lock, ['999999999', ...rest].join('\n'));
}

/** Copies a folder whose files nobody has open. */
export function copyFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
}

/** Lets the copy of a replica's folder pass for the folder itself, to be used in its place. */
export function passForOriginal(folder: string): void {
  const files = filesIn(folder);
  keepIdentity(files, idBeside(files) ?? '');
}

/** Overwrites a part of a file with what `bytes` makes of it. */
export function overwrite(
  file: string,
  place: { start: number; length: number },
  bytes: (old: Buffer) => Buffer,
): void {
  const content = readFileSync(file);
  const { start, length } = place;
  bytes(Buffer.from(content.subarray(start, start + length))).copy(content, start);
  writeFileSync(file, content);
}

/** Number of pages in the database of a folder, as far as they are in the file itself. */
export function pageCount(file: string): number {
  return Math.floor(readFileSync(file).length / PAGE);
}

/** The names of what is kept of damaged files in a folder. */
export function keptIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('replica.damaged-')) : [];
}
