import * as z from 'zod/mini';

/** What pull, push and digest begin with: the version of the protocol, the datastore, and the version of its schema. */
export const headerFields = {
  protocol: z.number().check(z.int(), z.minimum(1)),
  datastore: z.string().check(z.minLength(1), z.maxLength(32)),
  schemaVersion: z.number().check(z.int(), z.minimum(0)),
};

/** The id of a replica, which belongs to the subject that first used it. */
export const replicaSchema = z.string().check(z.minLength(8), z.maxLength(64), z.regex(/^[\w-]+$/));
