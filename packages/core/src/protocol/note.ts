import * as z from 'zod/mini';
import { headerFields, replicaSchema } from './header.ts';

/** Most replicas of one subject that a server remembers. */
export const MAX_NOTES = 20;

/**
 * A replica says how many of its documents have changes that the server does not have, so that the server can tell the
 * next one of the same subject what was lost should this one be gone by then.
 */
export const noteRequestSchema = z.strictObject({
  protocol: headerFields.protocol,
  replica: replicaSchema,
  /** Names where the replica lies: the same device and database, whichever replica is there. Opaque to the server. */
  place: z.string().check(z.regex(/^[\w-]{8,64}$/)),
  unpushed: z.int().check(z.minimum(0)),
  /** Replicas of the subject to be forgotten: their user knows. */
  dismissed: z.array(replicaSchema).check(z.maxLength(MAX_NOTES)),
});

/** The other replicas of the subject that said that they had something unpushed, and have not said since that it was pushed. */
export const noteResponseSchema = z.strictObject({
  others: z.array(
    z.strictObject({
      replica: z.string(),
      unpushed: z.number(),
      /** By the clock of the server, milliseconds since 1970. What was written there later without a network nobody knows. */
      toldAt: z.number(),
      /** Whether it lay where the asking one lies now: then it is gone. Any other may live, on another device. */
      here: z.boolean(),
    }),
  ),
});

/** See {@link noteRequestSchema}. */
export type NoteRequest = z.infer<typeof noteRequestSchema>;

/** See {@link noteResponseSchema}. */
export type NoteResponse = z.infer<typeof noteResponseSchema>;
