import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplicationService } from '@datastores/core/protocol';
import Sqlite from 'better-sqlite3';
import { systemClock } from '../../../apps/sync-server/src/clock.ts';
import { type Log, silentLog } from '../../../apps/sync-server/src/log.ts';
import { createReconciler, type Reconciler } from '../../../apps/sync-server/src/reconcile/reconciler.ts';
import { createReplicationService } from '../../../apps/sync-server/src/replication/service.ts';
import { routesOf } from '../../../apps/sync-server/src/server/systems.ts';
import { createSqliteStore } from '../../../apps/sync-server/src/store/sqlite/store.ts';
import type { Commit, Store } from '../../../apps/sync-server/src/store/store.ts';
import { cutPower } from '../virtual/disk.ts';
import type { Process, Scheduler } from '../virtual/scheduler.ts';
import { BINDINGS } from './bindings.ts';
import { DATASTORES } from './datastores.ts';
import type { ExternalSystem } from './external-system.ts';

/** The parts of a running sync server. */
export interface Running {
  readonly store: Store;
  readonly service: ReplicationService & { readonly close: () => void };
  readonly reconciler: Reconciler;
}

/** The sync server through all the lives of its process. */
export interface Server {
  process(): Process | null;
  running(): Running | null;
  file(): string;
  start(): Promise<void>;
  crash(): void;
  /** Notes that the file was taken away already, in the middle of a statement. */
  crashed(): void;
  close(): Promise<void>;
  /** Copies the store as a backup does. False: that failed, and there is no copy. */
  copy(): boolean;
  /** Whether there is a copy to go back to. */
  hasCopy(): boolean;
  /** Puts the copy in the place of the store of a server that is not running. Returns the ids of writes that wait in it to be sent. */
  restore(): readonly string[];
  /** A clock that is off stays off through restarts. */
  stepClock(ms: number): void;
}

/** What a server is made of. */
export interface ServerParts {
  readonly folder: string;
  readonly scheduler: Scheduler;
  readonly systems: Readonly<Record<string, ExternalSystem>>;
  /** Told of each commit, right after it. */
  readonly committed: (store: Store, commit: Commit) => void;
  readonly started: (store: Store) => void;
  readonly failed: (error: unknown) => void;
  /** Told of what the server logs as an error. */
  readonly logged: (event: string, detail: unknown) => void;
}

/** After how long a process that could not start is started again, milliseconds. */
const RESTART_MS = 3_000;

const WATCHDOG: Process = { name: 'watchdog', alive: true, clockOffsetMs: 0, timers: 0 };

/** Makes a server that is not running. */
export function createServer(parts: ServerParts): Server {
  const { folder, scheduler } = parts;
  const file = join(folder, 'store.sqlite');
  const copied = join(folder, 'copy.sqlite');
  let process: Process | null = null;
  let running: Running | null = null;
  let clockOffsetMs = 0;
  const log: Log = { ...silentLog, error: parts.logged };

  async function start(): Promise<void> {
    const own: Process = { name: 'server', alive: true, clockOffsetMs, timers: 0 };
    process = own;
    try {
      await scheduler.perform(own, 'server starts', async () => {
        const store = createSqliteStore({
          filename: file,
          datastores: DATASTORES,
          routes: routesOf(BINDINGS),
          clock: systemClock.now,
        });
        store.onCommit((commit) => parts.committed(store, commit));
        const service = createReplicationService({ store, datastores: DATASTORES, clock: systemClock, log });
        const systems = Object.fromEntries(
          Object.entries(parts.systems).map(([name, system]) => [name, { connector: system.connectorFor(own) }]),
        );
        const reconciler = createReconciler({
          store,
          systems,
          bindings: BINDINGS,
          clock: systemClock,
          log,
          scanEveryMs: 20_000,
        });
        running = { store, service, reconciler };
        parts.started(store);
        await reconciler.start();
      });
    } catch (error) {
      if (!own.alive) return;
      parts.failed(error);
      crash();
      scheduler.after(RESTART_MS, WATCHDOG, { label: 'server starts', run: () => void start() });
    }
  }

  function crash(): void {
    cutPower(file);
    crashed();
  }

  function crashed(): void {
    if (process !== null) process.alive = false;
    process = null;
    running = null;
  }

  return {
    process: () => (running === null ? null : process),
    running: () => running,
    file: () => file,
    start,
    crash,
    crashed,
    async close() {
      const closing = running;
      const own = process;
      running = null;
      if (closing === null || own === null) return;
      await scheduler.perform(own, 'server closes', async () => {
        closing.service.close();
        await closing.reconciler.close();
        await closing.store.close();
      });
      if (process === own) process = null;
    },
    copy() {
      const reader = new Sqlite(file, { readonly: true });
      try {
        rmSync(copied, { force: true });
        reader.prepare('vacuum into ?').run(copied);
        return true;
      } catch {
        // The disk is full, or the power is cut in the middle of it.
        rmSync(copied, { force: true });
        return false;
      } finally {
        reader.close();
      }
    },
    hasCopy: () => existsSync(copied),
    restore() {
      for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
      copyFileSync(copied, file);
      return marksIn(copied);
    },
    stepClock(ms) {
      clockOffsetMs = ms;
      if (process !== null) process.clockOffsetMs = ms;
    },
  };
}

/** A row that was sent has another state, and is asked for before it is repeated. */
function marksIn(file: string): readonly string[] {
  const reader = new Sqlite(file, { readonly: true });
  try {
    return reader.prepare<[], string>("select write_id from outbox where state = 'ready'").pluck().all();
  } finally {
    reader.close();
  }
}
