/** Names of the datastores of the demo. */
export const DATASTORE_NAMES = ['product', 'customer', 'inventory', 'order'] as const;

/** How many documents each datastore of a replica holds. */
export type Counts = Readonly<Record<(typeof DATASTORE_NAMES)[number], number>>;

/** What the worker process tells about its replica. */
export type WorkerMessage =
  | { readonly kind: 'state'; readonly counts: Counts; readonly unpushed: number; readonly status: string }
  | { readonly kind: 'failed'; readonly message: string };
