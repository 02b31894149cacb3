import type { StoredDocument } from './document.ts';
import type { Link } from './link.ts';

/** A link, its document, and what is on its way between the two sides. All of one snapshot. */
export interface LinkedDocument {
  readonly link: Link;
  /** Null: it is gone, tombstone included. */
  readonly document: StoredDocument | null;
  readonly lane: LaneState;
  /** True while the record waits to be read again. */
  readonly waits: boolean;
}

/** A document without a record. `link` is one that has no key yet, or whose record is gone; null: never met. */
export interface UnlinkedDocument extends Omit<LinkedDocument, 'link' | 'document' | 'waits'> {
  readonly link: Link | null;
  readonly document: StoredDocument;
}

/** `clear`: nothing is to be sent · `pending`: something is, or is under way · `held`: a dead letter holds the lane. */
export type LaneState = 'clear' | 'pending' | 'held';

/** Which links: by their keys, or, if those are not given, a range of keys. */
export interface LinkedQuery {
  readonly system: string;
  readonly stream: string;
  readonly keys?: readonly string[];
  /** Links of this key or a later one; default: from the first. */
  readonly from?: string | null;
  /** Links before this key; default: to the last. */
  readonly to?: string | null;
  /** Most links of a range; default 500. */
  readonly limit?: number;
}

/** Which documents: those behind a place. */
export interface UnlinkedQuery {
  readonly system: string;
  readonly stream: string;
  readonly datastore: string;
  readonly after: { readonly scope: string; readonly id: string } | null;
  readonly limit: number;
}
