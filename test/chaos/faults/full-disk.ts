import { join } from 'node:path';
import { prepareIoErrors } from './io-errors.ts';
import { mountSmallDisk } from './small-disk.ts';

/** A place for files whose disk can be full. */
export interface FullDisk extends Disposable {
  readonly path: string;
  readonly means: 'tmpfs' | 'ENOSPC';
  /** What a process on it must have in its environment. */
  readonly env: Readonly<Record<string, string>>;
  fill(): void;
  free(): void;
}

/** Room for a database, its log, and a few seconds of writes. */
const MEGABYTES = 24;
const LEFT_BYTES = 64 * 1024;

/**
 * Makes such a place: a small disk in memory, which root alone may mount, or a library that refuses writes, which takes a C
 * compiler. Where the one cannot be had it is the other. A text says why neither can.
 */
export function makeFullDisk(path: string, wanted: 'mounted' | 'library'): FullDisk | string {
  const makers = wanted === 'mounted' ? [mounted, refusing] : [refusing, mounted];
  const reasons: string[] = [];
  for (const make of makers) {
    const made = make(path);
    if (typeof made !== 'string') return made;
    reasons.push(made);
  }
  return reasons.join('; ');
}

function mounted(path: string): FullDisk | string {
  const disk = mountSmallDisk(path, MEGABYTES);
  if (typeof disk === 'string') return disk;
  return {
    ...disk,
    means: 'tmpfs',
    env: {},
    fill: () => disk.fill(LEFT_BYTES),
    [Symbol.dispose]: disk[Symbol.dispose],
  };
}

function refusing(path: string): FullDisk | string {
  const errors = prepareIoErrors(join(path, 'library'));
  if (typeof errors === 'string') return errors;
  return {
    path,
    means: 'ENOSPC',
    env: errors.env,
    fill: () => errors.begin(1, 'ENOSPC'),
    free: errors.end,
    [Symbol.dispose]: errors.end,
  };
}
