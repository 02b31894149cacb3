import * as z from 'zod/mini';

/** What pull, push and digest begin with: the version of the protocol, the datastore, and the version of its schema. */
export const headerFields = {
  protocol: z.number().check(z.int(), z.minimum(1)),
  datastore: z.string().check(z.minLength(1), z.maxLength(32)),
  schemaVersion: z.number().check(z.int(), z.minimum(0)),
};
