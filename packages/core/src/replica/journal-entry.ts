import type { Checkpoint } from '../protocol/checkpoint.ts';
import type { JsonDocument } from '../schema/document.ts';

/** A state that replica and server agreed on; `document` is null if it was a tombstone or did not exist. */
export interface Base {
  readonly version: string | null;
  readonly document: JsonDocument | null;
}

/**
 * One document with local changes that the server has not acknowledged, and the state they are based on. `next` is set
 * only between the two writes of an acknowledgement that found newer local changes; which of the two bases holds after
 * a crash is told by the version inside the document.
 */
export interface EditEntry {
  readonly kind: 'edit';
  readonly datastore: string;
  readonly id: string;
  /** Edits are pushed in the order of their first local write. */
  readonly order: number;
  /** Raised by every local write where several tabs share the journal, so that one of them clears only what it has seen. */
  readonly edits: number;
  /** Version of the schema that the documents of this entry are of. */
  readonly schemaVersion: number;
  readonly base: Base;
  readonly next?: Base;
  /** What a pull brought meanwhile. The push makes it obsolete; where there turns out to be nothing to push, it counts. */
  readonly held?: HeldState;
  /** Set where the journal is a copy of another one, which may have pushed this edit too. */
  readonly origin?: Origin;
}

/**
 * An edit as it was in the replica that this journal was copied from. It is pushed first, as that replica would push it, so
 * that the server takes the two for one; what was changed after the copy follows as an edit of this replica.
 */
export interface Origin {
  /** Id of the replica that made the edit. */
  readonly replica: string;
  /** The state to push; missing as long as nobody has opened the datastore since the copy was made. */
  readonly frozen?: FrozenEdit;
}

/** A state of a document that is to be pushed as it is, whatever has become of the document since. */
export interface FrozenEdit {
  /** The number that the other replica gave this state. */
  readonly edit: number;
  /** Null: deleted. */
  readonly document: JsonDocument | null;
  /** Set when the answer is known: a document of this number holds it already, and the state is not pushed again. */
  readonly settledAt?: number;
}

/** A state of the server that could not be stored because the document has local changes; null: deleted. */
export interface HeldState {
  readonly version: string | null;
  readonly scope: string;
  readonly generation: number;
  readonly document: JsonDocument | null;
}

/** A local change that ended without effect on the server, kept with its reason until the application has dealt with it. */
export interface RejectedChange {
  readonly kind: 'rejected';
  readonly datastore: string;
  readonly id: string;
  /** That of the edit it was. Every edit of a document that is refused is kept, not the last one alone. */
  readonly order: number;
  readonly code: string;
  readonly message: string;
  /** What the replica had written; null if it had deleted the document. */
  readonly document: JsonDocument | null;
  /** Milliseconds since 1970, by the clock of the device. */
  readonly at: number;
}

/** A pulled document that this replica cannot store, kept until a later version of it can be. */
export interface QuarantinedDocument {
  readonly kind: 'quarantined';
  readonly datastore: string;
  readonly id: string;
  readonly version: string;
  readonly scope: string;
  /** Number of the complete pull of the scope that brought it. */
  readonly generation: number;
  readonly reason: string;
  readonly at: number;
}

/** Documents of a complete pull that have come, and how many there are as far as is known. */
export interface PullProgress {
  readonly done: number;
  readonly total: number;
}

/** How far a datastore was pulled. */
export interface PullState {
  readonly kind: 'state';
  readonly datastore: string;
  readonly id: string;
  readonly checkpoint: Checkpoint | null;
  /**
   * Positions that answers to pushes have told of and the checkpoint has not reached yet. As long as one is here, nothing
   * is applied in its scope before the server has found it in its feed: a store that was restored may have lost it.
   */
  readonly acknowledged: Checkpoint;
  /** Number of the current complete pull of each scope; 0 where it is missing. */
  readonly generations: Readonly<Record<string, number>>;
  /** Scopes that are being pulled again from the start, whose leftovers are to be removed at the end of that pull. */
  readonly resetting: readonly string[];
  readonly schemaVersion: number;
  /** True once a pull has reached the end of the feed. */
  readonly complete: boolean;
  /** How far the pull has come that is to reach it, also after that; missing: nothing has come yet. */
  readonly progress?: PullProgress;
  /** When it was last compared with the server, milliseconds since 1970 by the clock of the device. */
  readonly checkedAt?: number;
}

/** The identity of the replica. */
export interface Identity {
  readonly kind: 'identity';
  readonly datastore: '';
  readonly id: string;
  readonly replica: string;
  /** `copied`: another replica goes by this id, or did. `thawing`: some edits of that one are not frozen yet. */
  readonly state?: 'copied' | 'thawing';
}

/** Everything that the journal holds. */
export type JournalEntry = EditEntry | RejectedChange | QuarantinedDocument | PullState | Identity;

/** What names an entry: there may be several rejected changes of one document, and one entry of every other kind. */
export type EntryName =
  | Pick<RejectedChange, 'kind' | 'datastore' | 'id' | 'order'>
  | { readonly kind: Exclude<JournalEntry['kind'], 'rejected'>; readonly datastore: string; readonly id: string };

/** Names an entry in the journal. */
export function journalKey(entry: EntryName): string {
  const key = `${entry.datastore}|${entry.kind}|${entry.id}`;
  return entry.kind === 'rejected' ? `${key}|${entry.order}` : key;
}

/** Key of the edit of a document, if it has one. */
export function editKey(datastore: { readonly name: string }, id: string): string {
  return journalKey({ kind: 'edit', datastore: datastore.name, id });
}
