import * as z from 'zod/mini';

/** What a server is and serves. Also the probe for "is the server there?"; needs no token and says nothing secret. */
export const infoSchema = z.strictObject({
  protocol: z.number(),
  oldestProtocol: z.number(),
  datastores: z.array(z.strictObject({ name: z.string(), schemaVersion: z.number() })),
  /** Content encodings that bodies of requests may have. */
  encodings: z.array(z.string()),
  /** Clock of the server in milliseconds since 1970, so that a wrong device clock can be reported. Never used for order. */
  now: z.number(),
});

/** See {@link infoSchema}. */
export type ServerInfo = z.infer<typeof infoSchema>;
