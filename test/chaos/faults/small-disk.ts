import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A disk of few megabytes that can be filled up. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Leaves so many bytes of it. */
  fill(left: number): void;
  /** Gives back what `fill` has taken. */
  free(): void;
}

/** Mounts a disk in memory on a folder. A text says why that is not possible here. */
export function mountSmallDisk(path: string, megabytes: number): SmallDisk | string {
  mkdirSync(path, { recursive: true });
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]);
  if (status !== 0) return `tmpfs cannot be mounted (${error?.message ?? stderr.toString().trim()}); run it as root`;
  const filler = join(path, 'filler');
  const unmount = () => void spawnSync('umount', ['-l', path]);
  process.once('exit', unmount);
  return {
    path,
    fill(left) {
      const { bavail, bsize } = statfsSync(path);
      const bytes = Math.max(0, bavail * bsize - left);
      try {
        writeFileSync(filler, Buffer.alloc(bytes));
      } catch (error) {
        // Somebody else has written meanwhile: what fitted is too much by as much as is to be left.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        truncateSync(filler, Math.max(0, statSync(filler).size - left));
      }
    },
    free: () => {
      if (existsSync(filler)) rmSync(filler);
    },
    [Symbol.dispose]() {
      process.removeListener('exit', unmount);
      unmount();
    },
  };
}
