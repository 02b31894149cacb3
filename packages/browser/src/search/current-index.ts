import { DatastoreError } from '@datastores/core';
import type { IndexState } from '@datastores/core/search';
import {
  type EventBulk,
  normalizeMangoQuery,
  prepareQuery,
  type RxStorageChangeEvent,
  type RxStorageInstance,
} from 'rxdb';
import { BehaviorSubject } from 'rxjs';
import { createChangeQueue } from './change-queue.ts';
import { createIndexKeeper } from './index-keeper.ts';
import type { IndexStore } from './index-store.ts';
import { type ReadChanges, readChanges } from './read-changes.ts';
import type { Revision } from './slots.ts';
import { loadIndex } from './stored-index.ts';
import { createTextIndex, isOlder, revisionOf, type StoredDocument, type TextIndex } from './text-index.ts';

/** A storage instance of any documents. */
export type AnyInstance = RxStorageInstance<StoredDocument, unknown, unknown>;

/** What an index is made of. */
export interface IndexSource {
  readonly instance: AnyInstance;
  readonly fields: readonly string[];
  /** Where the index is kept between sessions; null: nowhere, it is built at every start. */
  readonly store: IndexStore | null;
}

/** The index of a datastore, kept in line with its documents: those written here, in other tabs, and by replication. */
export interface CurrentIndex {
  /** The index as it is; another one after it was built anew. */
  index(): TextIndex;
  readonly state$: BehaviorSubject<IndexState>;
  /** Resolves when what was written before is taken in, and what was stored is loaded; at the latest after so many milliseconds. */
  settled(mostMs: number): Promise<void>;
  /** Whether everything that was written before is taken in. If not, `state$` emits once it is. */
  isSettled(): boolean;
  close(): void;
}

type Bulk = EventBulk<RxStorageChangeEvent<StoredDocument>, unknown>;

const RETRY_MS = [1_000, 5_000, 30_000];
/** How often the number of documents is compared, and with how many milliseconds in between. */
const COMPARISONS = 3;
const COMPARED_AGAIN_MS = 300;

/** Begins to load the stored index, or to build one from the documents that are there, and follows their changes. */
export function keepIndex({ instance, fields, store }: IndexSource): CurrentIndex {
  const state$ = new BehaviorSubject<IndexState>({ complete: false, problem: null });
  let index = createTextIndex(fields);
  let next: TextIndex | undefined;
  let closed = false;
  /** What was removed while documents are being read: a page that was read before must not bring it back. */
  let removed: Map<string, Revision> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let loading: Promise<unknown> = Promise.resolve();
  const keeper = createIndexKeeper({ store, index: () => index, mayWork: () => !closed && state$.value.complete });
  const primary = instance.schema.primaryKey as string;
  const idOf = (document: StoredDocument) => Reflect.get(document, primary) as string;

  const queue = createChangeQueue<RxStorageChangeEvent<StoredDocument>>((event) => {
    const { documentId: id, documentData: document, previousDocumentData: previous } = event;
    if (document._deleted) removed?.set(id, revisionOf(document));
    for (const one of next === undefined ? [index] : [index, next]) {
      if (document._deleted) one.remove(id, revisionOf(document));
      // The terms of a state that this index has not seen cannot be left as they are.
      else one.put(document, { id, previous: isKnown(one, id, previous) ? (previous as StoredDocument) : undefined });
    }
  });
  const subscription = instance.changeStream().subscribe((bulk: Bulk) => {
    keeper.changed(bulk);
    queue.add(bulk.events);
  });

  /** Takes in what lies behind a checkpoint. */
  async function catchUp(into: TextIndex, from: unknown): Promise<ReadChanges> {
    const gone = new Map<string, Revision>();
    removed = gone;
    const read = await readChanges(instance, {
      from,
      mayGoOn: () => !closed,
      take: (document) => {
        const [id, revision] = [idOf(document), revisionOf(document)];
        const removal = gone.get(id);
        if (document._deleted) into.remove(id, revision);
        else if (removal === undefined || isOlder(removal, revision)) into.put(document, { id });
      },
    });
    removed = undefined;
    return read;
  }

  async function begin(): Promise<void> {
    const reading = store === null ? null : loadIndex(store, fields).catch(() => null);
    loading = Promise.resolve(reading);
    const loaded = await reading;
    if (closed) return;
    // Changes of the meantime come a second time: those behind the checkpoint hold them.
    await queue.settled();
    if (loaded === null) return build();
    index = loaded.index;
    keeper.loaded(loaded.manifest);
    const read = await catchUp(index, loaded.manifest.checkpoint);
    await queue.settled();
    if (closed) return;
    if (await holdsAll()) return complete(read);
    // It holds documents that are no more, or lacks some: the stored index was not that of these documents.
    index = createTextIndex(fields);
    return build();
  }

  async function build(): Promise<void> {
    const read = await catchUp(index, undefined);
    await queue.settled();
    if (!closed) complete(read);
  }

  /** Whether the index has as many documents as the storage; while writes go on, that many at some moment of the comparison. */
  async function holdsAll(): Promise<boolean> {
    for (let attempt = 0; attempt < COMPARISONS; attempt += 1) {
      const before = index.slots.documents;
      const count = await countOf(instance);
      await queue.settled();
      const after = index.slots.documents;
      if (count >= Math.min(before, after) && count <= Math.max(before, after)) return true;
      // What another tab has just written may still be on its way.
      await new Promise((resolve) => setTimeout(resolve, COMPARED_AGAIN_MS));
    }
    return false;
  }

  function complete({ checkpoint, documents }: ReadChanges): void {
    failures = 0;
    keeper.completed(checkpoint, documents);
    state$.next({ complete: true, problem: null });
  }

  /** Half of it and more is of states that are no more: an index without them takes its place. */
  async function renew(): Promise<void> {
    if (next !== undefined || !state$.value.complete || !index.isWorn()) return;
    const fresh = createTextIndex(fields);
    next = fresh;
    try {
      await catchUp(fresh, undefined);
      await queue.settled();
      if (!closed) index = fresh;
      keeper.renewed();
    } finally {
      next = undefined;
    }
  }

  function start(): void {
    begin().catch((error: unknown) => {
      if (closed) return;
      state$.next({ complete: false, problem: problemOf(error) });
      index = createTextIndex(fields);
      retry = setTimeout(start, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
      failures += 1;
    });
  }

  let waitedFor = false;
  queue.idle$.subscribe(() => {
    if (waitedFor) state$.next(state$.value);
    waitedFor = false;
    // What fails is tried again after the next writes; the worn index goes on serving.
    renew().catch(() => undefined);
  });
  start();
  return {
    index: () => index,
    state$,
    isSettled() {
      waitedFor ||= !queue.isEmpty();
      return queue.isEmpty();
    },
    async settled(mostMs) {
      if (queue.isEmpty() && state$.value.complete) return;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, mostMs);
      });
      await Promise.race([loading.then(() => queue.settled()), enough]);
      clearTimeout(timer);
    },
    close() {
      closed = true;
      clearTimeout(retry);
      subscription.unsubscribe();
      queue.close();
      keeper.close();
      state$.complete();
    },
  };
}

/** True if the index holds the state that a change came after. */
function isKnown(index: TextIndex, id: string, previous: object | undefined): boolean {
  const slot = index.slots.slotOf(id);
  if (slot === undefined || previous === undefined || Reflect.get(previous, '_deleted') === true) return false;
  const [one, other] = [index.slots.revisionOf(slot), revisionOf(previous as StoredDocument)];
  return one.height === other.height && one.writtenAt === other.writtenAt;
}

async function countOf(instance: AnyInstance): Promise<number> {
  const query = normalizeMangoQuery(instance.schema as never, { selector: {} });
  return (await instance.count(prepareQuery(instance.schema as never, query) as never)).count;
}

function problemOf(error: unknown): DatastoreError {
  if (error instanceof DatastoreError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DatastoreError('STORAGE_UNAVAILABLE', `The search index cannot be completed (${reason}).`, {
    cause: error,
  });
}
