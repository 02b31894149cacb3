import {
  createTrpcTransport,
  type Datastore,
  DatastoreError,
  type Datastores,
  openReplicated,
  type SelfCheckSchedule,
  type Strategy,
  type TokenSource,
} from '@datastores/core';
import { assertDatastoreSet } from '@datastores/core/schema';
import type { RxCollection } from 'rxdb';
import type { StorageEncryption } from './encryption/storage-encryption.ts';
import { type WatchedTransport, watchTransport } from './network/watched-transport.ts';
import { protectedStorage } from './protected-storage.ts';
import { assertChoice, type StorageChoice } from './storage/choice.ts';
import { chosenStorage } from './storage/chosen.ts';
import { removeInPortions } from './storage/remove-in-portions.ts';
import { type BrowserControl, openTab } from './tab.ts';
import { enterDatabase } from './tabs/entry.ts';
import { fencedTransport } from './tabs/fenced-transport.ts';
import { createLeadership } from './tabs/leadership.ts';
import { type Standing, type StartWorker, startWorker } from './tabs/standing.ts';
import { lineOf, openTabChannel } from './tabs/tab-channel.ts';

/** How to open datastores in a browser. The same names as in Node, where a folder takes the place of a name. */
export interface OpenDatastoresOptions<D extends readonly Datastore[]> {
  readonly datastores: D;
  /**
   * Where documents lie. Default `blocks`: packed into few records, with an index in memory (about 300 bytes for each
   * document). `{ order: 'dexie' }` leaves the documents of one datastore to RxDB's own storage, which is several times slower
   * and keeps nothing in memory. Opening with another choice than before is refused with CONFIG_INVALID.
   */
  readonly storage?: StorageChoice<D[number]['name']>;
  /** Name of the local database. Default `datastores`. */
  readonly name?: string;
  /** Base of the server's tRPC routes, e.g. `https://sync.example.com/trpc`. Without it everything stays local. */
  readonly url?: string;
  /** Access token, or a function that fetches a fresh one. */
  readonly token?: TokenSource;
  /** When each datastore exchanges changes, by name. Default: real-time. */
  readonly strategies?: { readonly [T in D[number] as T['name']]?: Strategy };
  /** Datastores that pull for the first time before all others do, the most urgent one first. */
  readonly first?: readonly D[number]['name'][];
  /** Encrypts what lies on disk, see `@datastores/browser/encryption`. */
  readonly encryption?: StorageEncryption;
  /** When the replica compares itself with the server; false: only by `check()`. Default: about once a day. */
  readonly selfCheck?: SelfCheckSchedule | false;
  /** Whether the browser is asked to keep the database when room is short; some then ask their user. Default true. */
  readonly persist?: boolean;
  /**
   * Whether a cookie of a random number is set for the origin, by which the next session knows that this device was here
   * before if the browser has removed everything else, see `lostReplica`. Default true.
   */
  readonly placeCookie?: boolean;
  /**
   * Starts a SharedWorker whose file calls `replicateInWorker` of `@datastores/browser/worker`, which then replicates for all
   * tabs. Where there are none, and while it does not answer, one of the tabs does.
   */
  readonly worker?: StartWorker;
}

/** The datastores by name, and what a replica in a browser offers beside. */
export type BrowserDatastores<D extends readonly Datastore[]> = Datastores<D> & BrowserControl;

/**
 * Opens datastores on IndexedDB, and replicates them with the server if a `url` is given. All tabs of an origin share
 * the database and are live; one of them, elected, talks to the server, and is replaced when it is closed or frozen. Works
 * offline from the first call. Throws DATABASE_IN_USE or UPGRADE_REQUIRED where tabs with other schema versions are open.
 */
export async function openDatastores<const D extends readonly Datastore[]>(
  options: OpenDatastoresOptions<D>,
): Promise<BrowserDatastores<D>> {
  return openStanding(options);
}

/** The same, for an instance that stands for the election as it is told. */
export async function openStanding<const D extends readonly Datastore[]>(
  options: OpenDatastoresOptions<D>,
  given?: Standing,
): Promise<BrowserDatastores<D>> {
  const { datastores, name = 'datastores', persist = true, placeCookie = true } = options;
  assertDatastoreSet(datastores);
  const storage = (options.storage ?? 'blocks') as StorageChoice;
  assertChoice(storage, datastores);
  const transport = transportOf(options);
  const channel = openTabChannel(name);
  const entry = await enterDatabase(name, datastores, channel).catch((error: unknown) => {
    transport?.close();
    channel.close();
    throw error;
  });
  let standIn = () => {};
  const standing = given ?? startWorker(options.worker, () => standIn());
  const leadership = createLeadership(name, channel, standing);
  standIn = leadership.standIn;
  const end = () => {
    leadership.close();
    channel.close();
    transport?.close();
    entry.left();
  };
  try {
    const opened = await openReplicated({
      datastores,
      name,
      storage: await protectedStorage(chosenStorage(storage), { name, datastores, encryption: options.encryption }),
      multiInstance: true,
      transport: transport === null ? null : fencedTransport(transport, leadership),
      strategies: options.strategies as Readonly<Record<string, Strategy>> | undefined,
      selfCheck: options.selfCheck,
      first: options.first,
      shared: { leads$: leadership.leads$, line: lineOf(channel) },
    });
    for (const { name: collection } of datastores) {
      removeInPortions(
        (opened.database.collections as Readonly<Record<string, RxCollection>>)[collection] as RxCollection,
      );
    }
    entry.opened();
    return openTab(opened, { name, datastores, channel, leadership, transport, persist, placeCookie, end });
  } catch (error) {
    end();
    entry.opened();
    throw error;
  }
}

/** Throws CONFIG_INVALID. */
function transportOf({ url, token }: Pick<OpenDatastoresOptions<readonly Datastore[]>, 'url' | 'token'>) {
  if (url === undefined) return null;
  if (token === undefined) {
    throw new DatastoreError('CONFIG_INVALID', 'A url was given but no token.', {
      remedy: 'Pass token: a text, or a function that returns one.',
    });
  }
  const watched: WatchedTransport = watchTransport(createTrpcTransport({ url, token }));
  return watched;
}
