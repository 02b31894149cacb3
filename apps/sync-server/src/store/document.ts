import { canonicalJson } from '@datastores/core/schema';
import type { Why } from './history.ts';

/** Names one document of a scope. */
export interface DocumentKey {
  readonly datastore: string;
  readonly id: string;
}

/** A document as the store holds it. */
export interface StoredDocument extends DocumentKey {
  readonly scope: string;
  /** Position in the feed of the scope; consecutive, in commit order. */
  readonly seq: number;
  /** `<epoch>.<seq>.<tag>`: unique for ever. */
  readonly version: string;
  readonly deleted: boolean;
  /** Canonical JSON text, sent to replicas as it is. A tombstone keeps `{"id":…}`. */
  readonly body: string;
  /** Version of the datastore's schema that `body` was written in. */
  readonly schemaVersion: number;
  /** Who wrote it: the id of a replica, or `@<system>`. */
  readonly author: string;
  /** Version that the author's write was based on; null for an insert. With `author` it is the lineage of the state. */
  readonly base: string | null;
  /** When it was committed, milliseconds since 1970, by the server's clock. Information only, never order. */
  readonly at: number;
}

/** What a feed says of a document. */
export type FeedDocument = Pick<StoredDocument, 'id' | 'seq' | 'version' | 'deleted' | 'body' | 'schemaVersion'>;

/** A new state of one document. */
export interface DocumentWrite extends DocumentKey {
  /** Canonical JSON text, or null to delete. */
  readonly body: string | null;
  readonly schemaVersion: number;
  readonly author: string;
  readonly base: string | null;
  /** The binding that this state came from, which therefore need not be told; null: tell every binding. */
  readonly from: { readonly system: string; readonly stream: string } | null;
  /** What the history says of it, beside who wrote it and which fields changed. */
  readonly why?: Why;
}

/**
 * The newest row of a replica that was decided on one document, and how much it was credited on counters so far from that
 * base. A repeated or extended push adds only what is new, and one that arrives late is known as older, whoever wrote the
 * document since: so every change counts once.
 */
export interface Counted extends DocumentKey {
  readonly replica: string;
  readonly base: string | null;
  /** The replica's own number of the row; of two rows from the same base the greater one is newer. */
  readonly edit: number;
  /** True if the row was refused, so that its repeat is no proof that the server has it. */
  readonly refused: boolean;
  readonly amounts: Readonly<Record<string, number>>;
}

/** One field that two sides changed, and how it was decided, as the history has it. */
export interface DecisionRecord extends DocumentKey {
  readonly scope: string;
  readonly field: string;
  readonly rule: string;
  /** Who proposed the value that was decided upon: a replica id or `@<system>`. */
  readonly by: string;
  readonly base: unknown;
  readonly server: unknown;
  readonly proposed: unknown;
  readonly result: unknown;
  readonly at: number;
}

/** The body that a deleted document keeps. */
export function tombstoneBody(id: string): string {
  return canonicalJson({ id });
}
