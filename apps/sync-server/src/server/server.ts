import type { ReplicationService } from '@datastores/core/protocol';
import { type Clock, systemClock } from '../clock.ts';
import type { Environment } from '../config/environment.ts';
import { type Resolved, resolveConfig } from '../config/resolve.ts';
import { createAuthenticate } from '../http/authenticate.ts';
import { createHttpServer } from '../http/http-server.ts';
import { createWithdrawal } from '../http/withdrawal.ts';
import { createLog, type Log } from '../log.ts';
import { createReconciler, type Reconciler } from '../reconcile/reconciler.ts';
import type { ReconcileStatus } from '../reconcile/status.ts';
import { limitService } from '../replication/limit-service.ts';
import { createReplicationService } from '../replication/service.ts';
import type { Store } from '../store/store.ts';
import type { StoreSummary } from '../store/summary.ts';
import { accessRules, withdrawalRule } from './access.ts';
import { addressOf } from './address.ts';
import type { SyncServerConfig } from './define-config.ts';
import { openStore } from './open-store.ts';
import { operatorDesk } from './operator-desk.ts';
import { keepRetention } from './retention.ts';
import { makeSystems, routesOf } from './systems.ts';
import { tokenKey } from './token-key.ts';

/** A sync server: the store with replicas on one side and external systems on the other. */
export interface SyncServer {
  readonly store: Store;
  readonly service: ReplicationService;
  readonly reconciler: Reconciler;
  /** Where the server is reached; null before it listens. */
  readonly url: string | null;
  /** The port it listens on; null before it does. */
  readonly port: number | null;
  /** Starts to serve. Throws PORT_IN_USE or CONFIG_INVALID, and the server can then only be closed. */
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  status(): Promise<ServerStatus>;
  /** Takes no more work, ends streams, finishes what is under way, closes the store. May be called twice. */
  close(): Promise<void>;
}

/** What a server says of itself to its operator. */
export interface ServerStatus {
  readonly state: 'starting' | 'serving' | 'stopping';
  readonly url: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly now: number;
  readonly epoch: string;
  readonly store: StoreSummary;
  /** The external systems: what state they are in, and what waits for them. */
  readonly reconcile: ReconcileStatus;
}

/** What a server may be given instead of the real thing. */
export interface SyncServerOptions {
  /** Default: to standard error, as `log` of the configuration says. */
  readonly log?: Log;
  readonly clock?: Clock;
  /** Variables that override the configuration. Default none: a server in a program obeys its program. */
  readonly environment?: Environment;
}

/**
 * Makes a sync server from a configuration. Opens the store and checks everything; serves after `listen`.
 * Throws CONFIG_INVALID, BINDING_INVALID, STORE_UNAVAILABLE or FOLDER_UNUSABLE.
 */
export async function createSyncServer(config: SyncServerConfig, options: SyncServerOptions = {}): Promise<SyncServer> {
  const { environment = {} } = options;
  return assembleServer(resolveConfig(config, { environment, source: 'config', folder: process.cwd() }), options);
}

/** Makes a sync server from a configuration that was resolved before. Otherwise as {@link createSyncServer}. */
export async function assembleServer(resolved: Resolved, options: SyncServerOptions = {}): Promise<SyncServer> {
  const { settings } = resolved;
  const { clock = systemClock, log = createLog(settings.log) } = options;
  const startedAt = clock.now();
  const stopping = new AbortController();
  const { systems, bindings } = makeSystems(resolved);
  const isWithdrawn = withdrawalRule(resolved);
  const withdrawal = isWithdrawn === null ? null : createWithdrawal(isWithdrawn, clock);
  const authenticate = createAuthenticate({
    key: tokenKey(settings, log),
    ...settings.auth,
    clock,
    ...(withdrawal && { isWithdrawn: withdrawal }),
  });
  const store = await openStore(settings, { routes: routesOf(bindings), clock: clock.now });
  const unlimited = createReplicationService({
    store,
    datastores: settings.datastores,
    clock,
    log,
    access: accessRules(resolved),
    ...(withdrawal && { holds: async (caller) => !(await withdrawal(caller)) }),
  });
  const service = limitService(unlimited, settings.server, { clock, random: Math.random });
  const reconciler = createReconciler({ store, systems, bindings, clock, log });
  let state: ServerStatus['state'] = 'starting';
  let at: { readonly url: string; readonly port: number } | null = null;
  let closed: Promise<void> | null = null;

  const status = async (): Promise<ServerStatus> => ({
    state,
    url: at?.url ?? null,
    startedAt,
    now: clock.now(),
    epoch: store.epoch,
    store: await store.summary(),
    reconcile: await reconciler.status(),
  });
  const http = await createHttpServer({
    ...settings.server,
    service,
    authenticate,
    receive: reconciler.receive,
    beginComparison: reconciler.beginComparison,
    comparisons: reconciler.comparisons,
    questions: reconciler.questions,
    answer: reconciler.answer,
    previewRemap: reconciler.previewRemap,
    letRemapGo: reconciler.letRemapGo,
    remaps: reconciler.remaps,
    ready: async () => state === 'serving',
    status,
    operator: operatorDesk(reconciler, settings.datastores),
    log,
  });

  const stop = async () => {
    state = 'stopping';
    stopping.abort();
    unlimited.close();
    await http.close();
    await reconciler.close();
    await store.close();
    log.info('server-stopped');
  };
  return {
    store,
    service,
    reconciler,
    get url() {
      return at?.url ?? null;
    },
    get port() {
      return at?.port ?? null;
    },
    listen: async () => {
      const port = await http.listen();
      at = { port, url: settings.server.publicUrl ?? addressOf(settings.server.host, port) };
      await reconciler.start();
      state = 'serving';
      void keepRetention({ store, clock, log, history: settings.history }, stopping.signal);
      log.info('server-listening', { url: at.url, dataFolder: settings.dataFolder });
      return at;
    },
    status,
    close: () => {
      closed ??= stop();
      return closed;
    },
  };
}
