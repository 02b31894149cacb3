import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Gives a file its name for good: after a power cut there is the old file of that name or the new one, whole. */
export function renameDurably(from: string, to: string): void {
  sync(from, 'r+');
  renameSync(from, to);
  syncFolder(dirname(to));
}

/** Gives a file its content, so that a crash leaves the old one or the new one. */
export function replaceDurably(file: string, content: string): void {
  writeFileSync(`${file}.new`, content);
  renameDurably(`${file}.new`, file);
}

/** Makes names given or taken in a folder survive a power cut. */
export function syncFolder(folder: string): void {
  try {
    sync(folder, 'r');
  } catch (error) {
    // Windows opens no folder, and needs none to be synced.
    if (process.platform !== 'win32') throw error;
  }
}

function sync(path: string, flags: 'r' | 'r+'): void {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
