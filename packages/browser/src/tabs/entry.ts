import { type Datastore, DatastoreError } from '@datastores/core';
import type { TabChannel } from './tab-channel.ts';

/** A database that this tab may have open. */
export interface Entry {
  /** The database is open: others may open it too. */
  opened(): void;
  /** The database is closed: this tab stands in nobody's way any more. */
  left(): void;
}

/** How long other tabs are waited for, milliseconds. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;

type Versions = Readonly<Record<string, number>>;

/**
 * Lets tabs open a database one after the other, and never beside a tab that declares older versions of its schemas: that
 * one would go on writing where nobody looks any more. Such tabs are asked to let go, and close by themselves; one that is
 * frozen cannot. Throws DATABASE_IN_USE, instead of waiting for ever, if a tab does not let go in time, and UPGRADE_REQUIRED
 * if another tab declares newer versions than this one.
 */
export async function enterDatabase(
  name: string,
  datastores: readonly Datastore[],
  channel: TabChannel,
): Promise<Entry> {
  const locks: LockManager | undefined = globalThis.navigator?.locks;
  if (locks === undefined) return { opened: () => {}, left: () => {} };
  const versions = Object.fromEntries(datastores.map((datastore) => [datastore.name, datastore.version]));
  const opened = await hold(locks, `datastores/${name}/opening`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((cause: unknown) => {
    throw new DatastoreError('DATABASE_IN_USE', `Another tab has been opening "${name}" for long.`, { cause });
  });
  try {
    const prefix = `datastores/${name}/open/`;
    await untilNobodyIsOlder({ locks, prefix, versions, channel, name });
    const left = await hold(locks, `${prefix}${JSON.stringify(versions)}`, { mode: 'shared' });
    return { opened, left };
  } catch (error) {
    opened();
    throw error;
  }
}

/** Asks for a lock, and holds it until the function that it resolves with is called. */
function hold(locks: LockManager, lock: string, options: LockOptions): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = () =>
      new Promise<void>((release) => {
        resolve(release);
      });
    locks.request(lock, options, held).catch(reject);
  });
}

interface Waiting {
  readonly locks: LockManager;
  /** What the names of the locks of open tabs begin with; their versions follow. */
  readonly prefix: string;
  readonly versions: Versions;
  readonly channel: TabChannel;
  readonly name: string;
}

async function untilNobodyIsOlder({ locks, prefix, versions, channel, name }: Waiting): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let look = 0; ; look += 1) {
    const { held = [] } = await locks.query();
    const others = held.flatMap((lock) => versionsIn(lock.name, prefix));
    const newer = others.find((other) => isOutdated(versions, other));
    if (newer !== undefined) throw outdated(newer, versions);
    const older = others.filter((other) => isOutdated(other, versions));
    if (older.length === 0) return;
    if (performance.now() > deadline) {
      throw new DatastoreError(
        'DATABASE_IN_USE',
        `A tab with an older version of the application does not let go of "${name}".`,
        { remedy: 'Close the other tabs of this application and load this one again; nothing is lost.' },
      );
    }
    // A tab that is still opening hears nothing yet.
    if (look % 10 === 0) channel.tell({ kind: 'outdated', versions });
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function versionsIn(lock: string | undefined, prefix: string): readonly Versions[] {
  return lock?.startsWith(prefix) ? [JSON.parse(lock.slice(prefix.length)) as Versions] : [];
}

/** True if one declares an older version of anything than the other. */
export function isOutdated(one: Versions, other: Versions): boolean {
  return Object.entries(one).some(([name, version]) => version < (other[name] ?? version));
}

/** What a tab is closed with whose application is older than that of another tab. */
export function outdated(newer: Versions, own: Versions): DatastoreError {
  const [name = '', version = 0] = Object.entries(own).find(([one, at]) => at < (newer[one] ?? at)) ?? [];
  return new DatastoreError(
    'UPGRADE_REQUIRED',
    `Another tab has version ${newer[name]} of "${name}", this one declares ${version}.`,
    { remedy: 'Load the page again to get the newer version of the application; unpushed changes are kept.' },
  );
}
