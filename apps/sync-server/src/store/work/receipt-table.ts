import type { DocumentKey } from '../document.ts';

/** Names a document of a scope. */
export interface ScopedKey extends DocumentKey {
  readonly scope: string;
}

/** A receipt as it is noted beside its document. */
export interface ReceiptRow extends ScopedKey {
  readonly replica: string;
  /** The state that holds the write, and its number. */
  readonly version: string;
  readonly seq: number;
}

/** A receipt that has not moved for long. */
export interface OldReceipt extends ReceiptRow {
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

/** What of each document a replica has written that systems are told of. */
export interface ReceiptTable {
  /** Receipts of a document that have not settled. */
  open(key: ScopedKey): readonly ReceiptRow[];
  find(key: ScopedKey, replica: string): OldReceipt | null;
  /** `settledAt`: null while something is still to come. */
  put(row: ReceiptRow, at: { readonly settledAt: number | null; readonly now: number }): void;
  remove(row: ReceiptRow): void;
}
