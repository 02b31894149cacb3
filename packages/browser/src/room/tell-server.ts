import type { OverallStatus, Transport } from '@datastores/core';
import { auditTime, combineLatest, distinctUntilChanged, firstValueFrom, map, type Observable } from 'rxjs';
import type { NoteStorage } from './eviction.ts';
import { type Cookies, placeOf } from './place.ts';

/** What a replica tells the server of. */
export interface ToldReplica {
  readonly replicaId: string;
  readonly unpushed$: Observable<number>;
  readonly status$: Observable<OverallStatus>;
}

/** Another replica of the user that said it had something unpushed. */
export type OtherReplica = Awaited<ReturnType<NonNullable<Transport['note']>>>['others'][number];

/** Tells the server. */
export interface Telling {
  /** These replicas are to be forgotten. */
  dismiss(replicas: readonly string[]): void;
  close(): void;
}

/** Edits that are pushed within this time are not told of, milliseconds: nearly none is unpushed for longer. */
const SETTLES_MS = 2_000;

/** After how long it is tried again, milliseconds. */
const AGAIN_MS = 30_000;

/**
 * Tells the server how many documents have changes that it does not have, when a session begins and when that has changed
 * for longer than a moment, and hears of other replicas of the user that said so. One tab does it for all. A server that
 * does not know the question is not asked again; one that cannot be reached is.
 */
export function tellServer(options: {
  readonly name: string;
  readonly replica: ToldReplica;
  /** Where it is noted which place this is. */
  readonly storage: NoteStorage;
  readonly cookies: Cookies | null;
  readonly note: NonNullable<Transport['note']>;
  /** `isNew`: nothing on the device says what was here before. */
  readonly heard: (others: readonly OtherReplica[], isNew: boolean) => void;
}): Telling {
  const { name, replica, note, heard } = options;
  const place = placeOf(name, options);
  const abort = new AbortController();
  const { signal } = abort;
  let dismissed: readonly string[] = [];
  let unpushed: number | null = null;
  let told: number | null = null;
  let isUnderWay = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function tell(): Promise<void> {
    if (isUnderWay || unpushed === null || signal.aborted) return;
    if (unpushed === told && dismissed.length === 0) return;
    clearTimeout(timer);
    isUnderWay = true;
    const [count, forgotten] = [unpushed, dismissed];
    try {
      const { others } = await note(
        { replica: replica.replicaId, place: place.key, unpushed: count, dismissed: [...forgotten] },
        signal,
      );
      told = count;
      dismissed = dismissed.slice(forgotten.length);
      heard(others, place.isNew);
      isUnderWay = false;
      await tell();
    } catch (error) {
      isUnderWay = false;
      const isUnknown = (error as { readonly code?: unknown }).code === 'REQUEST_INVALID';
      if (!isUnknown && !signal.aborted) timer = setTimeout(tell, AGAIN_MS);
    }
  }

  const begin = () => {
    const isLive$ = replica.status$.pipe(
      map(({ state }) => state === 'live'),
      distinctUntilChanged(),
    );
    return combineLatest([replica.unpushed$.pipe(auditTime(SETTLES_MS)), isLive$]).subscribe(([count]) => {
      unpushed = count;
      void tell();
    });
  };
  const hold = () =>
    new Promise<void>((resolve) => {
      const telling = begin();
      signal.addEventListener('abort', () => {
        telling.unsubscribe();
        resolve();
      });
    });
  const locks: LockManager | undefined = globalThis.navigator?.locks;
  if (locks === undefined) void hold();
  else locks.request(`datastores/${name}/note`, { signal }, hold).catch(() => undefined);

  return {
    dismiss(replicas) {
      dismissed = [...dismissed, ...replicas];
      // Also by a tab that does not tell otherwise.
      void firstValueFrom(replica.unpushed$).then((count) => {
        unpushed ??= count;
        return tell();
      });
    },
    close() {
      clearTimeout(timer);
      abort.abort();
    },
  };
}
