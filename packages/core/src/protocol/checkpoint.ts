import * as z from 'zod/mini';
import { MAX_SCOPES } from './limits.ts';

/**
 * A position in the feed of one scope. `seq` counts its commits' rows; `epoch` names the store, `tag` the commit. Epoch and tag hold letters, digits, "_" and
 * "-" only, since a version separates them with ".".
 */
export const positionSchema = z.strictObject({
  epoch: z.string().check(z.regex(/^[\w-]{1,64}$/)),
  seq: z.number().check(z.int(), z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER)),
  tag: z.string().check(z.regex(/^[\w-]{0,64}$/)),
  /**
   * Where the feed ended when a pull of everything began, until that is reached. Tombstones up to there were never needed,
   * so the store may have forgotten them: their age counts from there, not from `seq`.
   */
  begun: z.optional(
    z.strictObject({
      seq: z.number().check(z.int(), z.minimum(1), z.maximum(Number.MAX_SAFE_INTEGER)),
      tag: z.string().check(z.regex(/^[\w-]{1,64}$/)),
    }),
  ),
});

/** The name of a scope. Names of prototypes are none: superjson refuses messages with such keys. */
export const scopeSchema = z
  .string()
  .check(z.minLength(1), z.maxLength(200), z.regex(/^(?!(?:__proto__|constructor|prototype)$)/));

/**
 * How far a replica has pulled, per scope. Opaque to the replica: it stores what it was given and sends it back.
 * `epoch` and `tag` let the server notice that it was restored or failed over to an older state.
 */
export const checkpointSchema = z
  .record(scopeSchema, positionSchema)
  .check(z.refine((value) => Object.keys(value).length <= MAX_SCOPES, `names more than ${MAX_SCOPES} scopes`));

/**
 * Positions that answers to pushes have told a replica of and that its checkpoint has not reached yet, per scope. They are
 * checked as those of a checkpoint are, so a store that lost what it acknowledged is noticed even if it has all that was
 * pulled. Missing where there are none.
 */
export const acknowledgedSchema = z.optional(checkpointSchema);

/** See {@link positionSchema}. */
export type Position = z.infer<typeof positionSchema>;

/** See {@link checkpointSchema}. */
export type Checkpoint = z.infer<typeof checkpointSchema>;
