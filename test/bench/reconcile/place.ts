/** What one side of a round works with. */
export interface ReconcilePlace {
  readonly folder: string;
  /** The database of this round. */
  readonly url: string;
  /** Rows of its table. */
  readonly docs: number;
}

/** Changes to be made before they are pushed. */
export interface Changes {
  readonly docs: number;
  /** What no document has before. */
  readonly value: number;
}
