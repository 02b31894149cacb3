import * as z from 'zod/mini';
import { checkpointSchema } from './checkpoint.ts';
import { ID_DIGEST_LENGTH, MAX_DIGEST_DOCUMENTS, MAX_DIGEST_RANGES } from './digest-limits.ts';
import { headerFields, replicaSchema } from './header.ts';
import { resetSchema } from './reset.ts';

/** The documents whose id digests begin with these hexadecimal digits; '' are all. */
const rangeSchema = z.string().check(z.regex(/^[0-9a-f]{0,12}$/));

/**
 * Asks what the server holds of a datastore, over all scopes of the caller, for a replica to compare with what it holds
 * itself; and for the documents that turn out to differ.
 */
export const digestRequestSchema = z.strictObject({
  ...headerFields,
  /** As in a pull. */
  replica: z.optional(replicaSchema),
  /** The position at which both are compared; null: the newest of the server, which it then tells. */
  checkpoint: z.nullable(checkpointSchema),
  /** Ranges to be told as the sums of their sixteen parts. */
  split: z.array(rangeSchema).check(z.maxLength(MAX_DIGEST_RANGES)),
  /** Ranges to be told document by document. */
  list: z.array(rangeSchema).check(z.maxLength(MAX_DIGEST_RANGES)),
  /** Documents to be sent, by the digests of their ids. */
  wanted: z.string().check(z.maxLength(MAX_DIGEST_DOCUMENTS * ID_DIGEST_LENGTH), z.regex(/^(?:[\w-]{8})*$/)),
  /** Documents to be sent, or named as absent, by their ids: as many of the first as fit into an answer, at least one. */
  doubted: z.array(z.string().check(z.minLength(1), z.maxLength(128))).check(z.maxLength(MAX_DIGEST_DOCUMENTS)),
});

/** What the server holds, as of the position of the request: what changed since is left out of every sum and list. */
export const digestsSchema = z.strictObject({
  kind: z.literal('digests'),
  /** The newest position, taken before anything was looked at, where the request had none. */
  checkpoint: z.nullable(checkpointSchema),
  /** Digests of the ids that changed since the position, of deleted documents too: to be left out on the other side as well. */
  changed: z.string(),
  /** For each range to be split, sixteen sums. */
  split: z.array(z.string()),
  /** For each range to be listed, pairs of the digests of an id and its document; null: more than {@link MAX_LISTED}. */
  list: z.array(z.nullable(z.string())),
  /** The newest states of documents that were asked for, as the rows of a page. */
  documents: z.string(),
  /** Those of `doubted` that the caller has no document of. */
  absent: z.array(z.string()),
  /** How many of `wanted` were looked up: as many as fit into an answer, at least one. */
  taken: z.number(),
});

/** The replica has to pull first: too much changed since its position. */
export const behindSchema = z.strictObject({ kind: z.literal('behind') });

/** See {@link digestsSchema}, {@link behindSchema} and {@link resetSchema}. */
export const digestResponseSchema = z.discriminatedUnion('kind', [digestsSchema, behindSchema, resetSchema]);

/** See {@link digestRequestSchema}. */
export type DigestRequest = z.infer<typeof digestRequestSchema>;

/** See {@link digestsSchema}. */
export type Digests = z.infer<typeof digestsSchema>;

/** See {@link digestResponseSchema}. */
export type DigestResponse = z.infer<typeof digestResponseSchema>;
