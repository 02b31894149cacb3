/** What one write does: insert a document that nobody else touches, or work on one that all replicas work on. */
export type WriteKind = 'insert' | 'create' | 'edit' | 'remove';

/** One write of one replica. */
export interface Write {
  /** Unique; begins with the number of the replica. */
  readonly name: string;
  readonly writer: number;
  readonly kind: WriteKind;
  readonly id: string;
  readonly amount: number;
  /** Characters that the document is filled up with. */
  readonly pad: number;
}

/** What the replica says to a write: done, or why not. */
export type WriteAnswer =
  /** Names of the write that was replaced, and of the one that inserted the document. */
  | { readonly is: 'done'; readonly previous: string; readonly born: string }
  /** The document is there already, or not there: nothing was written. */
  | { readonly is: 'void' }
  /** The storage refused it, with the code of its reason. */
  | { readonly is: 'failed'; readonly code: string; readonly message: string };
