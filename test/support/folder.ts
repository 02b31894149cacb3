import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Free space that a file system in memory must have; without it the disk is taken. */
const ENOUGH_BYTES = 2 ** 31;

/**
 * A folder that is removed when the test is over, in memory where there is room: what a process that ended has written is
 * there as it is on a disk, and a disk that takes milliseconds for a synced write makes the tests of crashes last minutes.
 */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(folderInMemory(), 'datastores-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A folder that is in memory, or that for temporary files where there is none or too little room. */
export function folderInMemory(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= ENOUGH_BYTES ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}
