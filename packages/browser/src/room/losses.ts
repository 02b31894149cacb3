import type { Transport } from '@datastores/core';
import { BehaviorSubject, type Observable } from 'rxjs';
import { type LostReplica, type NoteStorage, noteEviction } from './eviction.ts';
import type { Cookies } from './place.ts';
import type { OtherReplica, Telling, ToldReplica } from './tell-server.ts';

/** What was lost with replicas that are gone. */
export interface Losses {
  readonly lost$: Observable<LostReplica | null>;
  lost(): LostReplica | null;
  /** Takes it off, here and on the server. */
  dismiss(): void;
  /** The database is removed on purpose: nothing is told of it later. */
  remove(): void;
  close(): void;
}

/** Where is written down what the next session is to know. */
export interface LossesOptions {
  readonly name: string;
  readonly storage: NoteStorage;
  /** Null: no cookie is set. */
  readonly cookies: Cookies | null;
  /** Asks the server; undefined: there is none. */
  readonly note: Transport['note'] | undefined;
}

/** When the server is told for the first time, milliseconds: what a page needs at once comes first. */
const BEGINS_MS = 10_000;

/**
 * Finds out what was lost with the replica that was here before, from a note beside the database, and from what that
 * replica has told the server, see {@link tellServer}.
 */
export function findLosses(options: LossesOptions, replica: ToldReplica): Losses {
  const { name, storage, cookies, note } = options;
  const notes = noteEviction({ storage, name }, replica);
  const lost$ = new BehaviorSubject(notes.lost());
  /** Also before the server could be told. */
  let dismissed: readonly string[] = [];
  let telling: Telling | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function heard(others: readonly OtherReplica[], isNew: boolean): void {
    // Of another place is what may live on another device; it is told of only where nothing says what was here before.
    const gone = others.filter(({ here, replica: id }) => (here || isNew) && !dismissed.includes(id));
    if (gone.length === 0) return;
    notes.add(
      gone.map(({ replica: replicaId, unpushed, toldAt, here }) => ({
        replicaId,
        unpushed,
        notedAt: toldAt,
        certain: here,
      })),
    );
    lost$.next(notes.lost());
  }

  if (note !== undefined) {
    timer = setTimeout(() => {
      import('./tell-server.ts').then(
        ({ tellServer }) => {
          if (timer === undefined) return;
          telling = tellServer({ name, replica, storage, cookies, note, heard });
          if (dismissed.length > 0) telling.dismiss(dismissed);
        },
        // The file cannot be loaded: then the server is told in the next session.
        () => undefined,
      );
    }, BEGINS_MS);
  }

  function close(): void {
    clearTimeout(timer);
    timer = undefined;
    telling?.close();
    notes.close();
  }

  return {
    lost$,
    lost: notes.lost,
    dismiss() {
      const ids = notes.lostIds();
      dismissed = [...dismissed, ...ids];
      telling?.dismiss(ids);
      notes.dismiss();
      lost$.next(null);
    },
    remove() {
      close();
      notes.remove();
      // Without an answer the server goes on telling of it; who signs in here again is then told of what was given up.
      note?.(
        { replica: replica.replicaId, place: 'given-up', unpushed: 0, dismissed: [] },
        AbortSignal.timeout(5_000),
      ).catch(() => undefined);
    },
    close,
  };
}
