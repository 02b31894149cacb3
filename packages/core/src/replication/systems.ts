import { BehaviorSubject, type Observable } from 'rxjs';
import { contentOf, type StorageInstance, type StoredDocument } from '../replica/stored.ts';
import type { SystemStateDocument } from '../schema/system-states.ts';

/** What a replica knows of an external system. Times in milliseconds since 1970, by the clock of the server. */
export interface KnownSystem {
  readonly system: string;
  /** `down` is tried again by itself; `held` waits for a person; `unknown`: not called yet. */
  readonly state: 'unknown' | 'up' | 'down' | 'held';
  readonly since: number;
  readonly streams: readonly KnownStream[];
}

/** One stream of a system, which feeds a datastore, is told of its changes, or both. */
export interface KnownStream {
  readonly stream: string;
  readonly datastore: string;
  /** True if changes of the datastore are pushed to it. */
  readonly isTold: boolean;
  /** True while its reading takes longer than it should. */
  readonly late: boolean;
  /** Everything that was changed over there before this time is on the server; missing: nothing was read yet. */
  readonly asOf?: number | undefined;
  /** As long as the system is up and the stream is not late, the data is not older than this; missing: nothing is promised. */
  readonly withinMs?: number | undefined;
  /** Documents that it has not been told of, since when the oldest of them waits, and writes that were given up on. */
  readonly waiting: number;
  readonly oldestAt?: number | undefined;
  readonly dead: number;
}

/** The systems as they are known here, kept up to date. */
export interface Systems {
  readonly systems$: Observable<readonly KnownSystem[]>;
  readonly known: () => readonly KnownSystem[];
  close(): void;
}

/** Reads what is known of the systems; there are few of them, so they are kept in memory. */
export async function loadSystems(instance: StorageInstance): Promise<Systems> {
  const byId = new Map<string, KnownSystem>();
  const systems$ = new BehaviorSubject<readonly KnownSystem[]>([]);
  const take = (documents: Iterable<StoredDocument>) => {
    for (const stored of documents) {
      if (stored._deleted) byId.delete(stored.id);
      else byId.set(stored.id, knownSystem(contentOf(stored) as unknown as SystemStateDocument));
    }
    systems$.next([...byId.values()].sort((a, b) => (a.system < b.system ? -1 : 1)));
  };
  const subscription = instance
    .changeStream()
    .subscribe(({ events }) => take(events.map(({ documentData }) => documentData as StoredDocument)));
  let since: Parameters<NonNullable<StorageInstance['getChangedDocumentsSince']>>[1];
  for (;;) {
    const page = await instance.getChangedDocumentsSince?.(PAGE, since);
    if (page === undefined || page.documents.length === 0) break;
    // What has come in the meantime is newer than what is read here.
    take(page.documents.filter(({ id }) => !byId.has(id)));
    since = page.checkpoint;
  }
  return {
    systems$,
    known: () => systems$.value,
    close() {
      subscription.unsubscribe();
      systems$.complete();
    },
  };
}

const PAGE = 1_000;

function knownSystem({ id: system, state, since, streams }: SystemStateDocument): KnownSystem {
  return { system, state, since, streams };
}
