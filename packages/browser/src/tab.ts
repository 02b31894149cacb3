import {
  type Datastore,
  DatastoreError,
  type Datastores,
  type DatastoresControl,
  type OverallStatus,
} from '@datastores/core';
import { BehaviorSubject, combineLatest, firstValueFrom, map, type Observable } from 'rxjs';
import type { WatchedTransport } from './network/watched-transport.ts';
import type { LostReplica } from './room/eviction.ts';
import { findLosses } from './room/losses.ts';
import { removeDatabases } from './room/remove-databases.ts';
import { askToKeep, type StorageRoom, storageRoom$ } from './room/storage-room.ts';
import { isOutdated, outdated } from './tabs/entry.ts';
import type { Leadership } from './tabs/leadership.ts';
import type { TabChannel } from './tabs/tab-channel.ts';

/** What concerns a replica in a browser. */
export interface BrowserControl {
  /** True while this tab is the one that talks to the server. */
  readonly replicates$: Observable<boolean>;
  /** How much room the browser gives, and whether it keeps what is stored. */
  readonly storage$: Observable<StorageRoom>;
  /**
   * Why this tab was closed by another one: UPGRADE_REQUIRED, when a newer version of the application is open; or
   * REPLICA_CLOSED, when another tab signed out. Null as long as it was not. Also told in `status$`.
   */
  readonly ended$: Observable<DatastoreError | null>;
  /** The replica that was here before and is gone, if writes were lost with it and nobody has dismissed that. */
  lostReplica(): LostReplica | null;
  /** The same, with what the server remembers once it has been asked, a moment after the opening. */
  readonly lostReplica$: Observable<LostReplica | null>;
  /** Takes that off, once the application has told its user. */
  dismissLostReplica(): void;
  /**
   * Closes the replica in all tabs and removes it from this device, which is made sure of. What is unpushed is pushed first,
   * for at most `drainMs` (default 5,000). Throws UNPUSHED_CHANGES, and leaves everything as it is, if something stays
   * unpushed, unless `discardUnpushed` is true; throws REMOVAL_INCOMPLETE if another tab does not let go.
   */
  signOut(options?: SignOutOptions): Promise<void>;
}

/** How to sign out. */
export interface SignOutOptions {
  readonly drainMs?: number;
  /** True: changes that the server has not taken are lost. Default false. */
  readonly discardUnpushed?: boolean;
}

/** What a tab is made of. */
export interface TabParts {
  readonly name: string;
  readonly datastores: readonly Datastore[];
  readonly channel: TabChannel;
  readonly leadership: Leadership;
  readonly transport: WatchedTransport | null;
  readonly persist: boolean;
  /** Whether a cookie may say that this device was here before. */
  readonly placeCookie: boolean;
  /** Lets go of what the tab holds beside the replica. */
  readonly end: () => void;
}

/** Completes an open replica by what concerns browsers: other tabs, the network, and the room on the device. */
export function openTab<D extends readonly Datastore[]>(
  opened: Datastores<D>,
  parts: TabParts,
): Datastores<D> & BrowserControl {
  const { name, channel, leadership, transport } = parts;
  const control: DatastoresControl = opened;
  const room: StorageManager | undefined = globalThis.navigator?.storage;
  const ended$ = new BehaviorSubject<DatastoreError | null>(null);
  const cookies = parts.placeCookie ? (globalThis.document ?? null) : null;
  // A worker does not know the place: the tabs tell.
  const note = globalThis.document === undefined ? undefined : transport?.note;
  const notes = findLosses({ name, storage: noteStorage(), cookies, note }, control);
  const versions = Object.fromEntries(parts.datastores.map((datastore) => [datastore.name, datastore.version]));
  let closing: Promise<void> | undefined;

  const close: DatastoresControl['close'] = (options) => {
    closing ??= control.close(options).finally(() => {
      heard.unsubscribe();
      notes.close();
      parts.end();
    });
    return closing;
  };
  /** What is thrown at the closing is told to whoever closes; here it was another tab. */
  const closeFor = (reason: DatastoreError) => {
    if (closing !== undefined) return;
    ended$.next(reason);
    close().catch(() => undefined);
  };
  const heard = channel.heard$.subscribe((message) => {
    if (message.kind === 'outdated' && isOutdated(versions, message.versions)) {
      closeFor(outdated(message.versions, versions));
    }
    if (message.kind === 'removing') {
      notes.close();
      closeFor(new DatastoreError('REPLICA_CLOSED', 'Another tab signed out.'));
    }
  });
  transport?.onChange(() => control.wake());

  const asked = parts.persist ? askToKeep(room) : Promise.resolve('unknown' as const);
  const browser: BrowserControl = {
    replicates$: leadership.leads$,
    storage$: storageRoom$(room, asked),
    ended$,
    lostReplica: notes.lost,
    lostReplica$: notes.lost$,
    dismissLostReplica: notes.dismiss,
    async signOut({ drainMs = 5_000, discardUnpushed = false } = {}) {
      if (!discardUnpushed) await assertPushed(control, drainMs);
      notes.remove();
      channel.tell({ kind: 'removing' });
      await close();
      await removeDatabases(name);
    },
  };
  return { ...opened, ...browser, status$: endedStatus$(control.status$, ended$), close };
}

/** Throws UNPUSHED_CHANGES. */
async function assertPushed(control: DatastoresControl, drainMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  if ((await firstValueFrom(control.unpushed$)) > 0 && drainMs > 0) {
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([control.syncNow(), enough]);
    clearTimeout(timer);
  }
  const unpushed = await firstValueFrom(control.unpushed$);
  if (unpushed === 0) return;
  throw new DatastoreError('UNPUSHED_CHANGES', `${unpushed} documents have changes that the server does not have.`);
}

function endedStatus$(status$: Observable<OverallStatus>, ended$: Observable<DatastoreError | null>) {
  return combineLatest([status$, ended$]).pipe(
    map(([status, error]) => {
      if (error === null) return status;
      const each = Object.entries(status.datastores).map(([name, one]) => [name, { ...one, state: 'closed', error }]);
      return { ...status, state: 'closed', datastores: Object.fromEntries(each) } as OverallStatus;
    }),
  );
}

/** Access to it may be forbidden, or missing outside of pages: then notes last as long as the page. */
function noteStorage() {
  try {
    if (globalThis.localStorage !== undefined) return globalThis.localStorage;
  } catch {}
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
    removeItem: (key: string) => void kept.delete(key),
  };
}
