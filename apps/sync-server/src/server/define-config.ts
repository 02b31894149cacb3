import type { Caller } from '@datastores/core/protocol';
import type { Datastore } from '@datastores/core/schema';
import type { Connector } from '../connectors/connector.ts';
import type { LogLevel } from '../log.ts';
import type { Binding } from '../reconcile/binding.ts';
import type { AccessRules } from '../replication/access-rules.ts';

/** An external system of a server: how it is reached, and how hard it may be asked. */
export interface SystemConfig {
  /** The connector, or a function that makes it when the server starts. */
  readonly connector: Connector | (() => Connector);
  /** Most calls in a second. Default: what the engine finds the system to bear. */
  readonly ratePerSecond?: number;
  /** Most calls at the same time. */
  readonly concurrency?: number;
  /** How long one call may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** How its webhooks and messages are taken in. */
  readonly notices?: {
    /** How long ids of notices are remembered, in milliseconds: as long as the sender may repeat itself. Default 3 days. */
    readonly keepIdsMs?: number;
    /** Most keys of one stream that wait to be read; beyond them senders are asked to come later. Default 100,000. */
    readonly maxWaiting?: number;
  };
}

/** The configuration of a sync server. Every plain entry can be overridden by `DATASTORES_<PATH>` in the environment. */
export interface SyncServerConfig {
  /** Default: product catalog, customer, inventory, order. */
  readonly datastores?: readonly Datastore[];
  /** Where the store lives, relative to the configuration file. Default `./data`. */
  readonly dataFolder?: string;
  /**
   * Address of a PostgreSQL database that holds the store, which several servers may share:
   * `postgres://user:password@host/database?schema=name`. Default: an SQLite file in the data folder. Better in
   * `DATASTORES_STORE` or `DATASTORES_STORE_FILE` than in a file of code where it has a password.
   */
  readonly store?: string;
  readonly server?: {
    /** Default `127.0.0.1`: reachable from this machine only. */
    readonly host?: string;
    /** Default 4400; 0: any free port. */
    readonly port?: number;
    /** Origins (`https://shop.example.com`) that browsers may call from. Default: none. */
    readonly cors?: readonly string[];
    /** How the server is reached from outside, where a proxy stands in front of it. */
    readonly publicUrl?: string;
    /** Most requests of one subject in a minute. Default 12,000. */
    readonly requestsPerMinute?: number;
    /** Most requests from one address in a minute, whoever sends them. Default 600,000. */
    readonly requestsPerMinuteOfAddress?: number;
    /** Most pulls, pushes and comparisons that are answered at the same time. Default 500. */
    readonly requestsAtOnce?: number;
    /** Most open streams of one subject. Default 2,000. */
    readonly streamsPerSubject?: number;
    /** Most characters of rows that one replica may push in a minute. Default: as many as it can. */
    readonly pushedPerMinute?: number;
  };
  /** How tokens are checked. One of `secret`, `jwksUrl` or `developmentTokens` must be there. */
  readonly auth?: {
    /** Shared secret of HS256 tokens, at least 32 bytes. Better in `DATASTORES_AUTH_SECRET_FILE` than in a file of code. */
    readonly secret?: string;
    /** Address of the public keys of the token issuer. */
    readonly jwksUrl?: string;
    readonly issuer?: string;
    readonly audience?: string;
    /** Accept tokens of `datastores token create`. For development only. */
    readonly developmentTokens?: boolean;
    /**
     * Whether the access of a caller was withdrawn although its token still holds, e.g. because the device was stolen. Asked
     * about each caller every two seconds at most, also while a stream of it is open.
     */
    readonly isWithdrawn?: (caller: Caller) => boolean | Promise<boolean>;
  };
  /** Who may see and write what of a datastore, by its name. Default: everybody all that is in the scopes of the token. */
  readonly access?: Readonly<Record<string, AccessRules>>;
  /** External systems by name. */
  readonly systems?: Readonly<Record<string, SystemConfig>>;
  /** What their streams mean for the datastores. */
  readonly bindings?: readonly Binding[];
  /** How much is kept of what happened to each document; what the value of a field rests on is kept beyond both. */
  readonly history?: {
    /** Newest events of one document. Default 100. */
    readonly maxEvents?: number;
    /** How long an event is kept, in milliseconds. Default 90 days. */
    readonly keepMs?: number;
  };
  readonly log?: { readonly level?: LogLevel; readonly pretty?: boolean };
}

/** Types a configuration; it is checked as a whole, with the environment, when it is loaded. */
export function defineConfig(config: SyncServerConfig): SyncServerConfig {
  return config;
}
