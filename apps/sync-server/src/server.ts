import { join } from 'node:path';
import type { ReplicationService } from '@datastores/core/protocol';
import { type Clock, systemClock } from './clock.ts';
import type { Environment } from './config/environment.ts';
import { type Resolved, resolveConfig, type Settings } from './config/resolve.ts';
import type { SyncServerConfig } from './define-config.ts';
import { createAuthenticate } from './http/authenticate.ts';
import { mintDevelopmentSecret } from './http/development-token.ts';
import { createHttpServer } from './http/http-server.ts';
import { createLog, type Log } from './log.ts';
import type { Binding } from './reconcile/binding.ts';
import { createReconciler, type Reconciler, type SystemDeclaration } from './reconcile/reconciler.ts';
import type { ReconcileStatus } from './reconcile/status.ts';
import { createReplicationService } from './replication/service.ts';
import { keepRetention } from './retention.ts';
import { createSqliteStore } from './store/sqlite/store.ts';
import type { Store } from './store/store.ts';
import type { StoreSummary } from './store/summary.ts';

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
  // The configuration only knows that they are objects; the reconciler checks what is in them.
  const bindings = resolved.bindings as readonly Binding[];
  const stopping = new AbortController();
  const authenticate = createAuthenticate({ key: tokenKey(settings, log), ...settings.auth, clock });
  const store = createSqliteStore({
    filename: join(settings.dataFolder, 'store.sqlite'),
    datastores: settings.datastores,
    routes: routesOf(bindings),
    clock: clock.now,
  });
  const service = createReplicationService({ store, datastores: settings.datastores, clock, log });
  const reconciler = createReconciler({ store, systems: declaredSystems(resolved.systems), bindings, clock, log });
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
    ready: async () => state === 'serving',
    status,
    log,
  });

  const stop = async () => {
    state = 'stopping';
    stopping.abort();
    service.close();
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
      at = { port, url: settings.server.publicUrl ?? urlOf(settings.server.host, port) };
      state = 'serving';
      await reconciler.start();
      void keepRetention({ store, clock, log }, stopping.signal);
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

/** Which streams are told of a change of a datastore: those whose binding writes. */
function routesOf(bindings: readonly Binding[]): (datastore: string) => readonly { system: string; stream: string }[] {
  const writing = bindings.filter(({ toRecord }) => toRecord !== undefined);
  return (name) => writing.filter(({ datastore }) => datastore.name === name);
}

function declaredSystems(systems: Resolved['systems']): Readonly<Record<string, SystemDeclaration>> {
  const declared = Object.entries(systems).map(([name, { connector, ...limits }]) => {
    return [name, { ...limits, connector: typeof connector === 'function' ? connector() : connector }];
  });
  return Object.fromEntries(declared);
}

function tokenKey({ auth, dataFolder }: Settings, log: Log) {
  if (auth.jwksUrl !== null) return { jwksUrl: auth.jwksUrl };
  if (auth.developmentTokens) {
    log.warn('development-tokens-accepted', {
      hint: 'Whoever can read the data folder can make tokens. Take out auth.developmentTokens before this server is used by others.',
    });
  }
  return { secret: new TextEncoder().encode(auth.secret ?? mintDevelopmentSecret(dataFolder)) };
}

function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
