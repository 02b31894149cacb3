/** Names of the datastores of the demo. */
export const DATASTORE_NAMES = ['product', 'customer', 'inventory', 'order'] as const;

/** How many documents each datastore holds. */
export type Counts = Readonly<Record<(typeof DATASTORE_NAMES)[number], number>>;

/** What the worker process tells about its replica. */
export type WorkerMessage =
  | {
      readonly kind: 'state';
      readonly counts: Counts;
      readonly unpushed: number;
      /** State of the replication, e.g. `live`. */
      readonly replication: string;
    }
  /** One document that changed after the first sync, e.g. `price 1619 → 1299`. */
  | { readonly kind: 'change'; readonly datastore: string; readonly id: string; readonly what: string };

/** True if both hold the same numbers. */
export function sameCounts(a: Counts, b: Counts): boolean {
  return DATASTORE_NAMES.every((name) => a[name] === b[name]);
}
