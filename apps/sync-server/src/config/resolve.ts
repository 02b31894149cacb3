import { resolve as resolvePath } from 'node:path';
import { DatastoreError } from '@datastores/core';
import { customers, type Datastore, inventory, orders, productCatalog } from '@datastores/core/schema';
import { assertConsistent } from './contradictions.ts';
import { type Environment, environmentOverrides, variableOf } from './environment.ts';
import { type ConfigShape, configShape } from './shape.ts';

/** The plain part of a configuration, complete: given, overridden by the environment, or by default. */
export interface Settings {
  readonly datastores: readonly Datastore[];
  /** Absolute path. */
  readonly dataFolder: string;
  /** Address of a PostgreSQL database; null: an SQLite file in the data folder. May hold a password. */
  readonly store: string | null;
  readonly server: {
    readonly host: string;
    readonly port: number;
    /** Origins that browsers may call from. */
    readonly cors: readonly string[];
    readonly publicUrl: string | null;
    /** Most requests of one subject (or of one address without a token) in a minute. */
    readonly requestsPerMinute: number;
    /** Most requests from one address in a minute, whoever sends them. */
    readonly requestsPerMinuteOfAddress: number;
    /** Most pulls, pushes and comparisons that are answered at the same time. */
    readonly requestsAtOnce: number;
    /** Most open streams of one subject. */
    readonly streamsPerSubject: number;
    /** Most characters of rows that one replica may push in a minute; null: as many as it can. */
    readonly pushedPerMinute: number | null;
  };
  readonly auth: {
    readonly secret: string | null;
    readonly jwksUrl: string | null;
    readonly issuer: string | null;
    readonly audience: string | null;
    readonly developmentTokens: boolean;
  };
  /** How much is kept of what happened to each document. */
  readonly history: { readonly maxEvents: number; readonly keepMs: number };
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'; readonly pretty: boolean };
}

/** A resolved configuration: the settings, the parts that are code, and where each value came from. */
export interface Resolved {
  readonly settings: Settings;
  readonly systems: NonNullable<ConfigShape['systems']>;
  readonly bindings: NonNullable<ConfigShape['bindings']>;
  readonly access: NonNullable<ConfigShape['access']>;
  readonly isWithdrawn: object | null;
  /** By path, e.g. `server.port`. */
  readonly origins: Readonly<Record<string, string>>;
}

/** Where a configuration comes from. */
export interface ResolveOptions {
  readonly environment: Environment;
  /** How the given configuration is called in messages, e.g. the path of its file. */
  readonly source: string;
  /** Folder that a relative data folder is relative to. */
  readonly folder: string;
}

/** Checks a configuration as a whole. Throws CONFIG_INVALID naming every wrong entry, its path and what to write. */
export function resolveConfig(given: unknown, options: ResolveOptions): Resolved {
  const overrides = environmentOverrides(options.environment);
  const config = checked(withOverrides(given, overrides), options.source);
  const settings = complete(config, options.folder);
  assertConsistent(settings);
  const origins: Record<string, string> = {};
  for (const path of PATHS) origins[path] = valueAt(given, path) === undefined ? 'default' : options.source;
  for (const { path, origin } of overrides) origins[path] = origin;
  const { systems = {}, bindings = [], access = {}, auth } = config;
  return { settings, systems, bindings, access, isWithdrawn: auth?.isWithdrawn ?? null, origins };
}

/** Enough for a till that syncs as fast as it can; far below what would keep the server from its other callers. */
const REQUESTS_PER_MINUTE = 12_000;

/** A whole shop may stand behind one address. */
const CALLERS_OF_ADDRESS = 50;

/** What a server has read of so many requests at once is some hundred megabytes at the very most. */
const REQUESTS_AT_ONCE = 500;

/** The devices of a large chain that share one subject, and far below what a process has sockets for. */
const STREAMS_PER_SUBJECT = 2_000;

/** As long as deletions are kept. */
const HISTORY_MS = 90 * 24 * 60 * 60_000;

function complete(config: ConfigShape, folder: string): Settings {
  const { datastores, dataFolder, store, server = {}, auth = {}, history = {}, log = {} } = config;
  return {
    datastores: datastores ?? [productCatalog, customers, inventory, orders],
    dataFolder: resolvePath(folder, dataFolder ?? './data'),
    store: store ?? null,
    server: {
      host: server.host ?? '127.0.0.1',
      port: server.port ?? 4400,
      cors: server.cors ?? [],
      publicUrl: server.publicUrl ?? null,
      requestsPerMinute: server.requestsPerMinute ?? REQUESTS_PER_MINUTE,
      requestsPerMinuteOfAddress: server.requestsPerMinuteOfAddress ?? REQUESTS_PER_MINUTE * CALLERS_OF_ADDRESS,
      requestsAtOnce: server.requestsAtOnce ?? REQUESTS_AT_ONCE,
      streamsPerSubject: server.streamsPerSubject ?? STREAMS_PER_SUBJECT,
      pushedPerMinute: server.pushedPerMinute ?? null,
    },
    auth: {
      secret: auth.secret ?? null,
      jwksUrl: auth.jwksUrl ?? null,
      issuer: auth.issuer ?? null,
      audience: auth.audience ?? null,
      developmentTokens: auth.developmentTokens ?? false,
    },
    history: { maxEvents: history.maxEvents ?? 100, keepMs: history.keepMs ?? HISTORY_MS },
    log: { level: log.level ?? 'info', pretty: log.pretty ?? false },
  };
}

function checked(config: unknown, source: string): ConfigShape {
  const parsed = configShape.safeParse(config);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return `${issue.keys.map((key) => (path === '' ? key : `${path}.${key}`)).join(', ')}: there is no such entry`;
    }
    const hint = issue.path.length === 2 && PATHS.includes(path) ? ` (or set ${variableOf(path)})` : '';
    const message = issue.code === 'invalid_key' ? `the name ${issue.issues[0]?.message}` : issue.message;
    return `${path || 'the configuration'}: ${message}${hint}`;
  });
  throw new DatastoreError('CONFIG_INVALID', `${source}: ${problems.join('; ')}.`);
}

function withOverrides(given: unknown, overrides: ReturnType<typeof environmentOverrides>): unknown {
  if (given === null || typeof given !== 'object' || overrides.length === 0) return given;
  const config: Record<string, unknown> = { ...given };
  for (const { path, value } of overrides) {
    const [group = '', entry] = path.split('.');
    const before = config[group];
    config[group] = entry === undefined ? value : { ...(typeof before === 'object' ? before : {}), [entry]: value };
  }
  return config;
}

const PATHS = [
  'datastores',
  'dataFolder',
  'store',
  'server.host',
  'server.port',
  'server.cors',
  'server.publicUrl',
  'server.requestsPerMinute',
  'server.requestsPerMinuteOfAddress',
  'server.requestsAtOnce',
  'server.streamsPerSubject',
  'server.pushedPerMinute',
  'auth.secret',
  'auth.jwksUrl',
  'auth.issuer',
  'auth.audience',
  'auth.developmentTokens',
  'auth.isWithdrawn',
  'access',
  'systems',
  'bindings',
  'history.maxEvents',
  'history.keepMs',
  'log.level',
  'log.pretty',
];

function valueAt(given: unknown, path: string): unknown {
  let value = given;
  for (const key of path.split('.')) {
    value = value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined;
  }
  return value;
}
