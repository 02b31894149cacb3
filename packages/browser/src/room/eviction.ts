import type { Observable, Subscription } from 'rxjs';

/** A replica that is gone: the browser has removed its database, or the user has. */
export interface LostReplica {
  readonly replicaId: string;
  /** How many documents had changes that the server had not taken when the replica was last seen. Those changes are lost. */
  readonly unpushed: number;
  /**
   * When that was noted, milliseconds since 1970, by the clock of the device or of the server. What was written later,
   * without a note, is not counted.
   */
  readonly notedAt: number;
  /**
   * False where only the server remembers a replica of the same user, and nothing on the device says whether it was here: it
   * may be that of another device, which is not lost.
   */
  readonly certain: boolean;
}

/** What is noted of a replica beside its database. */
export interface EvictionNote {
  /** What was lost, since it was dismissed the last time; the newest loss, with everything unpushed in it. */
  lost(): LostReplica | null;
  /** Which replicas that was of. */
  lostIds(): readonly string[];
  /** Adds what somebody else knows of replicas that are gone. What is noted of them already stays as it is. */
  add(lost: readonly LostReplica[]): void;
  /** Takes that note away, once the application has told its user. */
  dismiss(): void;
  /** Takes everything away: the database is removed on purpose. */
  remove(): void;
  close(): void;
}

/** Where notes are kept. */
export type NoteStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * Notes beside the database which replica it holds and how much of it the server does not have. Browsers remove IndexedDB
 * when room is short, after weeks without a visit, or at the wish of the user, and tell nobody; a new replica then pulls
 * everything again, and only the note says that there was another one, with writes that never arrived.
 */
export function noteEviction(
  { storage, name }: { readonly storage: NoteStorage; readonly name: string },
  replica: { readonly replicaId: string; readonly unpushed$: Observable<number> },
): EvictionNote {
  const key = `datastores/${name}`;
  const lostKey = `${key}/lost`;
  const add = (lost: readonly LostReplica[]) => {
    const known = read(storage, lostKey);
    const unknown = lost.filter(({ replicaId }) => !known.some((one) => one.replicaId === replicaId));
    if (unknown.length > 0) write(storage, lostKey, [...known, ...unknown]);
  };
  const [before] = read(storage, key);
  if (before !== undefined && before.replicaId !== replica.replicaId && before.unpushed > 0) add([before]);
  const note = (unpushed: number) =>
    write(storage, key, [{ replicaId: replica.replicaId, unpushed, notedAt: Date.now(), certain: true }]);
  let subscription: Subscription | undefined;
  subscription = replica.unpushed$.subscribe(note);
  return {
    lost: () => asOne(read(storage, lostKey)),
    lostIds: () => read(storage, lostKey).map(({ replicaId }) => replicaId),
    add,
    dismiss: () => forget(storage, lostKey),
    remove() {
      subscription?.unsubscribe();
      subscription = undefined;
      forget(storage, key);
      forget(storage, lostKey);
    },
    close: () => subscription?.unsubscribe(),
  };
}

/** The newest loss, with everything unpushed in it. */
function asOne(lost: readonly LostReplica[]): LostReplica | null {
  const newest = lost.at(-1);
  if (newest === undefined) return null;
  const unpushed = lost.reduce((sum, one) => sum + one.unpushed, 0);
  return { ...newest, unpushed, certain: lost.every(({ certain }) => certain) };
}

function read(storage: NoteStorage, key: string): readonly LostReplica[] {
  try {
    const notes: unknown = JSON.parse(storage.getItem(key) ?? '[]');
    return Array.isArray(notes) ? notes.filter(isNote) : [];
  } catch {
    // Somebody else's, or no access: nothing is known.
    return [];
  }
}

function isNote(value: Partial<LostReplica> | null): value is LostReplica {
  return typeof value?.replicaId === 'string' && Number.isFinite(value.unpushed) && Number.isFinite(value.notedAt);
}

/** A note that cannot be written (no room, no access) must not cost the write that it is about. */
function write(storage: NoteStorage, key: string, notes: readonly LostReplica[]): void {
  try {
    storage.setItem(key, JSON.stringify(notes));
  } catch {}
}

function forget(storage: NoteStorage, key: string): void {
  try {
    storage.removeItem(key);
  } catch {}
}
