import * as z from 'zod/mini';

/** Subscribes to the pokes of all scopes the caller may see. One subscription serves every datastore of a replica. */
export const changesRequestSchema = z.strictObject({ protocol: z.number().check(z.int(), z.minimum(1)) });

/**
 * Says that something changed: the newest position of each scope. Carries no data: a poke that is lost, doubled or late
 * costs time, never a document, because documents only come by pull.
 */
export const pokeSchema = z.strictObject({ heads: z.record(z.string(), z.number()) });

/** See {@link changesRequestSchema}. */
export type ChangesRequest = z.infer<typeof changesRequestSchema>;

/** See {@link pokeSchema}. */
export type Poke = z.infer<typeof pokeSchema>;
