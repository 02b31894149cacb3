import * as z from 'zod/mini';

/**
 * Why a scope must be pulled again from the start:
 * `epoch` another store · `server-behind` the store lost its tail · `diverged` the store has another commit at this
 * position · `compacted` the replica was away longer than tombstones are kept · `forbidden` the caller may not see the
 * scope any more: pull first, so that its documents are removed before any change of them is pushed elsewhere.
 */
export const resetReasonSchema = z.enum(['epoch', 'server-behind', 'diverged', 'compacted', 'forbidden']);

/** The scopes that must be pulled again before anything else is exchanged for them. */
export const resetSchema = z.strictObject({
  kind: z.literal('reset'),
  scopes: z.array(z.strictObject({ scope: z.string(), reason: resetReasonSchema })),
});

/** See {@link resetReasonSchema}. */
export type ResetReason = z.infer<typeof resetReasonSchema>;

/** See {@link resetSchema}. */
export type Reset = z.infer<typeof resetSchema>;
