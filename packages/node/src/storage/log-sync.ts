import { type FileHandle, open } from 'node:fs/promises';

/** Flushes the write-ahead log of a file to disk without holding up anything else. */
export interface LogSync {
  /** Resolves when everything that was committed before the call is on disk. */
  sync(): Promise<void>;
  /** Lets go of the log. */
  close(): Promise<void>;
}

/**
 * A commit with `synchronous=NORMAL` is in the log, in order with all others, and not on disk yet; a flush of the log by a
 * thread of Node's then does the same as `synchronous=FULL`, which would have everything wait for the disk. SQLite takes no
 * locks on the log itself, so closing a handle of it releases none.
 */
export function createLogSync(filename: string): LogSync {
  let log: Promise<FileHandle> | undefined;
  let running: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;

  async function run(): Promise<void> {
    await running.catch(() => undefined);
    waiting = undefined;
    log ??= open(`${filename}-wal`, 'r+');
    running = log.then((handle) => handle.datasync());
    // Without a log there is nothing to flush; it is looked for again.
    log.catch(() => {
      log = undefined;
    });
    await running;
  }

  return {
    // A flush that has begun may have missed the last commit: the next one serves all who ask meanwhile.
    sync() {
      waiting ??= run();
      return waiting;
    },
    async close() {
      await running.catch(() => undefined);
      await (await log?.catch(() => undefined))?.close();
      log = undefined;
    },
  };
}
