/**
 * How an instance stands for the election. `preferred`: it takes the lead when it begins, whoever has it. `in-reserve`: it
 * leaves the preferred one some time to begin.
 */
export type Standing = 'preferred' | 'equal' | 'in-reserve';

/** What starts a worker that replicates, see `@datastores/browser/worker`. */
export type StartWorker = () => SharedWorker;

/** How long one in reserve waits, milliseconds: a worker loads its file and opens the database meanwhile. */
export const RESERVE_MS = 3_000;

/**
 * Starts the worker of an application. A tab is in reserve then, until its worker turns out not to load; where there are no
 * such workers, or none was asked for, tabs elect one of themselves.
 */
export function startWorker(start: StartWorker | undefined, failed: () => void): Standing {
  if (start === undefined || typeof globalThis.SharedWorker !== 'function') return 'equal';
  try {
    start().addEventListener('error', failed, { once: true });
    return 'in-reserve';
  } catch {
    return 'equal';
  }
}
