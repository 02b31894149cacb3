import * as z from 'zod/mini';
import { acknowledgedSchema, checkpointSchema } from './checkpoint.ts';
import { headerFields, replicaSchema } from './header.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_ROWS } from './limits.ts';
import { resetSchema } from './reset.ts';

/** Asks for what came after a checkpoint (null: everything), at most so many rows and about so many bytes. */
export const pullRequestSchema = z.strictObject({
  ...headerFields,
  /** Who asks for its receipts; of no meaning to any other datastore. */
  replica: z.optional(replicaSchema),
  checkpoint: z.nullable(checkpointSchema),
  acknowledged: acknowledgedSchema,
  maxRows: z.number().check(z.int(), z.minimum(1), z.maximum(MAX_PAGE_ROWS)),
  maxBytes: z.number().check(z.int(), z.minimum(1), z.maximum(MAX_PAGE_BYTES)),
});

/**
 * One page. `documents` is the text that `formatPulledRows` makes: the server sends what it has stored without
 * parsing it, and the transformer carries one string instead of walking every document. A page is filled or says
 * `hasMore: true`; a replica goes on until `hasMore` is false, never by counting rows.
 */
export const pullPageSchema = z.strictObject({
  kind: z.literal('page'),
  documents: z.string(),
  checkpoint: checkpointSchema,
  hasMore: z.boolean(),
  /** Scopes of the request that the caller may not see any more: the replica removes their documents. */
  dropped: z.array(z.string()),
  /** Rows still to come after this page, for progress; a hint. */
  remaining: z.number(),
});

/** A page, or the scopes to start over. */
export const pullResponseSchema = z.discriminatedUnion('kind', [pullPageSchema, resetSchema]);

/** See {@link pullRequestSchema}. */
export type PullRequest = z.infer<typeof pullRequestSchema>;

/** See {@link pullPageSchema}. */
export type PullPage = z.infer<typeof pullPageSchema>;

/** See {@link pullResponseSchema}. */
export type PullResponse = z.infer<typeof pullResponseSchema>;
