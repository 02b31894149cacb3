import type { Observable, Subscription } from 'rxjs';

/** A replica that is gone: the browser has removed its database, or the user has. */
export interface LostReplica {
  readonly replicaId: string;
  /** How many documents had changes that the server had not taken when the replica was last seen. Those changes are lost. */
  readonly unpushed: number;
  /** When that was noted, milliseconds since 1970 by the clock of the device. */
  readonly notedAt: number;
}

/** What is noted of a replica beside its database. */
export interface EvictionNote {
  /** What was lost, since it was dismissed the last time; the newest loss, with everything unpushed in it. */
  lost(): LostReplica | null;
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
  const before = read(storage, key);
  if (before !== null && before.replicaId !== replica.replicaId && before.unpushed > 0) {
    const known = read(storage, lostKey);
    write(storage, lostKey, { ...before, unpushed: before.unpushed + (known?.unpushed ?? 0) });
  }
  const note = (unpushed: number) =>
    write(storage, key, { replicaId: replica.replicaId, unpushed, notedAt: Date.now() });
  let subscription: Subscription | undefined;
  subscription = replica.unpushed$.subscribe(note);
  return {
    lost: () => read(storage, lostKey),
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

function read(storage: NoteStorage, key: string): LostReplica | null {
  try {
    const { replicaId, unpushed, notedAt } = JSON.parse(storage.getItem(key) ?? 'null') ?? {};
    return typeof replicaId === 'string' && Number.isFinite(unpushed) && Number.isFinite(notedAt)
      ? { replicaId, unpushed, notedAt }
      : null;
  } catch {
    // Somebody else's, or no access: nothing is known.
    return null;
  }
}

/** A note that cannot be written (no room, no access) must not cost the write that it is about. */
function write(storage: NoteStorage, key: string, note: LostReplica): void {
  try {
    storage.setItem(key, JSON.stringify(note));
  } catch {}
}

function forget(storage: NoteStorage, key: string): void {
  try {
    storage.removeItem(key);
  } catch {}
}
