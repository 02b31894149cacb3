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
  readonly base: Base;
  readonly next?: Base;
}

/** A local change that ended without effect on the server, kept with its reason until the application has dealt with it. */
export interface RejectedChange {
  readonly kind: 'rejected';
  readonly datastore: string;
  readonly id: string;
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
  readonly reason: string;
  readonly at: number;
}

/** How far a datastore was pulled. */
export interface PullState {
  readonly kind: 'state';
  readonly datastore: string;
  readonly id: string;
  readonly checkpoint: Checkpoint | null;
  /** Number of the current complete pull of each scope; 0 where it is missing. */
  readonly generations: Readonly<Record<string, number>>;
  /** Scopes that are being pulled again from the start, whose leftovers are to be removed at the end of that pull. */
  readonly resetting: readonly string[];
  readonly schemaVersion: number;
  /** True once a pull has reached the end of the feed. */
  readonly complete: boolean;
}

/** The identity of the replica. */
export interface Identity {
  readonly kind: 'identity';
  readonly datastore: '';
  readonly id: string;
  readonly replica: string;
}

/** Everything that the journal holds. */
export type JournalEntry = EditEntry | RejectedChange | QuarantinedDocument | PullState | Identity;

/** Names an entry in the journal. */
export function journalKey(entry: Pick<JournalEntry, 'kind' | 'datastore' | 'id'>): string {
  return `${entry.datastore}|${entry.kind}|${entry.id}`;
}
