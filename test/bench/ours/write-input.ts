import type { KindName } from '../documents/kinds.ts';

/** Documents of one bulk insert, or of one transaction of the control. */
export const BATCH = 1_000;

/** Asks to insert so many documents into an empty folder. */
export interface Bulk {
  readonly folder: string;
  readonly datastore: KindName;
  readonly docs: number;
}

/** Asks to insert and change `count` documents behind the first `docs`, one at a time. */
export interface Single {
  readonly docs: number;
  readonly count: number;
}

/** How long each insert and each change took. */
export interface Singles {
  readonly insertMs: readonly number[];
  readonly patchMs: readonly number[];
}
