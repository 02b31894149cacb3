import { from, type Observable, shareReplay, switchMap, timer } from 'rxjs';

/** How much room the browser gives to this origin, and whether it keeps what is stored. Bytes. */
export interface StorageRoom {
  /**
   * `kept`: the browser removes nothing by itself · `may-be-evicted`: it may, when room is short; it was asked not to and
   * declined · `unknown`: it does not say.
   */
  readonly persistence: 'kept' | 'may-be-evicted' | 'unknown';
  /** Bytes that all databases, caches and files of the origin take; null: not known. */
  readonly usage: number | null;
  /** Bytes that they may take at most; null: not known. */
  readonly quota: number | null;
}

const LOOK_EVERY_MS = 60_000;

/** Asks the browser to keep what is stored, unless it does so already. A browser may ask its user. Never throws. */
export async function askToKeep(storage: StorageManager | undefined): Promise<StorageRoom['persistence']> {
  try {
    if (storage?.persist === undefined) return 'unknown';
    return (await storage.persisted()) || (await storage.persist()) ? 'kept' : 'may-be-evicted';
  } catch {
    return 'unknown';
  }
}

/** The room, now and every minute while somebody looks. */
export function storageRoom$(
  storage: StorageManager | undefined,
  asked: Promise<StorageRoom['persistence']>,
): Observable<StorageRoom> {
  return timer(0, LOOK_EVERY_MS).pipe(
    switchMap(() => from(roomOf(storage, asked))),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
}

async function roomOf(storage: StorageManager | undefined, asked: Promise<StorageRoom['persistence']>) {
  const estimate = await storage?.estimate?.().catch(() => undefined);
  return { persistence: await asked, usage: estimate?.usage ?? null, quota: estimate?.quota ?? null };
}
