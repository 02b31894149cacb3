import * as z from 'zod/mini';

/** The wire form of an error. Whether to repeat is a field, never guessed from a status or a text. */
export const wireErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.optional(z.number().check(z.minimum(0))),
  details: z.optional(z.unknown()),
});

/** See {@link wireErrorSchema}. */
export type WireError = z.infer<typeof wireErrorSchema>;
