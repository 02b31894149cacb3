import type { EventBulk, RxStorageChangeEvent } from 'rxdb';
import type { IndexStore, Manifest } from './index-store.ts';
import { saveIndex } from './stored-index.ts';
import type { StoredDocument, TextIndex } from './text-index.ts';

/** Stores an index when enough has changed and nothing is going on. */
export interface IndexKeeper {
  /** A stored index is in use. */
  loaded(manifest: Manifest): void;
  /** The index holds everything up to a checkpoint; so many documents had to be read for it. */
  completed(checkpoint: unknown, documents: number): void;
  /** Documents were written. */
  changed(bulk: EventBulk<RxStorageChangeEvent<StoredDocument>, unknown>): void;
  /** Another index has taken the place of the one before. */
  renewed(): void;
  close(): void;
}

/** What is stored, where, and when it may be. */
export interface KeptIndex {
  readonly store: IndexStore | null;
  readonly index: () => TextIndex;
  readonly mayWork: () => boolean;
}

/** Fewer changes are faster read again at the next start than an index is stored now. */
const FEWEST_CHANGES = 1_000;
const LEAST_SHARE = 0.02;
/** Milliseconds without a write before an index is stored. */
const QUIET_MS = 3_000;
/** Milliseconds after which no write of another tab is still under way to this one. */
const UNDER_WAY_MS = 10_000;

/** Keeps the stored form of an index not too far behind. With nowhere to store it, nothing happens. */
export function createIndexKeeper({ store, index, mayWork }: KeptIndex): IndexKeeper {
  let changes = 0;
  let generation: string | undefined;
  let savedAt = Number.NEGATIVE_INFINITY;
  /** Checkpoints of the last seconds with the time they came, oldest first. */
  let recent: { readonly checkpoint: unknown; readonly at: number }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving = false;
  let closed = false;

  const wait = (milliseconds = QUIET_MS) => {
    clearTimeout(timer);
    if (store === null || closed) return;
    timer = setTimeout(() => {
      if (!saving) work(store).catch(() => undefined);
    }, milliseconds);
    unref(timer);
  };

  async function work(place: IndexStore): Promise<void> {
    const { slots } = index();
    if (changes < Math.max(FEWEST_CHANGES, slots.documents * LEAST_SHARE)) return;
    const checkpoint = oldEnough();
    if (!mayWork() || checkpoint === undefined) return wait();
    saving = true;
    const before = changes;
    try {
      await alone(place, async () => {
        const there = await place.manifest();
        if (there !== null && there.generation !== generation && there.savedAt > savedAt) {
          generation = there.generation;
          savedAt = there.savedAt;
          changes = 0;
          return;
        }
        const saved = await saveIndex(place, index(), checkpoint);
        if (saved === null || closed) return;
        generation = saved.generation;
        savedAt = saved.savedAt;
        changes -= before;
      });
    } finally {
      saving = false;
    }
  }

  /** The newest checkpoint of which it is certain that everything before it has arrived. */
  function oldEnough(): unknown {
    const until = Date.now() - UNDER_WAY_MS;
    const old = recent.filter(({ at }) => at <= until);
    return old.at(-1)?.checkpoint;
  }

  return {
    loaded(manifest) {
      generation = manifest.generation;
      savedAt = manifest.savedAt;
    },
    completed(checkpoint, documents) {
      // What it was read up to was on disk; what other tabs wrote at that moment has a later place or is told of.
      recent = [{ checkpoint, at: 0 }, ...recent.filter(({ at }) => at > Date.now() - UNDER_WAY_MS)];
      changes += documents;
      wait();
    },
    changed({ checkpoint, events }) {
      changes += events.length;
      const now = Date.now();
      const until = now - UNDER_WAY_MS;
      const firstYoung = recent.findIndex(({ at }) => at > until);
      if (firstYoung > 1) recent = recent.slice(firstYoung - 1);
      else if (firstYoung === -1) recent = recent.slice(-1);
      if (recent.at(-1)?.at !== now) recent.push({ checkpoint, at: now });
      // A clock that was set back: later writes would lie before the checkpoint, and be missed at the next start.
      if (store !== null && generation !== undefined && events.some((event) => isBefore(event, savedAt))) {
        generation = undefined;
        savedAt = Number.NEGATIVE_INFINITY;
        changes += FEWEST_CHANGES + index().slots.documents;
        store.remove().catch(() => undefined);
      }
      wait();
    },
    renewed() {
      changes += FEWEST_CHANGES + index().slots.documents;
      wait();
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** In Node, where a replica of a browser is tested, an index must not keep the process from ending. */
function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null) (timer as { unref?(): void }).unref?.();
}

const HOUR_MS = 3_600_000;

/** An hour of tolerance: a write that waited in a frozen tab keeps the time of its beginning. */
function isBefore({ documentData }: RxStorageChangeEvent<StoredDocument>, time: number): boolean {
  return documentData._meta.lwt < time - HOUR_MS;
}

/** Tabs share what is stored: where the browser has locks, only one of them writes it. */
async function alone(store: IndexStore, work: () => Promise<void>): Promise<void> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (locks === undefined) return work();
  await locks.request(`${store.name} is stored`, { ifAvailable: true }, async (lock) => {
    if (lock !== null) await work();
  });
}
