import * as z from 'zod/mini';
import { positionSchema, scopeSchema } from './checkpoint.ts';
import { headerFields, replicaSchema } from './header.ts';

/**
 * Subscribes to the pokes of all scopes the caller may see. One subscription serves every datastore of a replica;
 * `datastores` names those that follow pokes, each with the version of its schema.
 */
export const changesRequestSchema = z.strictObject({
  protocol: headerFields.protocol,
  datastores: z.record(headerFields.datastore, headerFields.schemaVersion),
  /** Who wants to hear of its receipts too. */
  replica: z.optional(replicaSchema),
});

/** A piece of the feed of one scope, between two positions that commits ended at. */
export const stepSchema = z.strictObject({
  scope: scopeSchema,
  /** Where it begins; null where the server cannot tell: then only `to` says something. */
  after: z.nullable(positionSchema),
  to: positionSchema,
  /**
   * What changed in between, by datastore of the subscription; one that is missing did not change. The text of rows as a
   * page has it, or null where there is too much of it or it cannot be told: then it is to be pulled.
   */
  changes: z.record(z.string(), z.nullable(z.string())),
  /** The datastores of the subscription of which the caller sees this scope; missing: all of them. */
  of: z.optional(z.array(headerFields.datastore)),
});

/**
 * Says that something changed. A replica whose checkpoint is exactly where a step begins has the same after it as after a
 * pull; for any other it is a hint that there is something to pull. So a poke that is lost, doubled or late costs time,
 * never a document. In the first poke of a stream `all` is true: its steps name every scope of the caller.
 */
export const pokeSchema = z.strictObject({ all: z.boolean(), steps: z.array(stepSchema) });

/** See {@link changesRequestSchema}. */
export type ChangesRequest = z.infer<typeof changesRequestSchema>;

/** See {@link stepSchema}. */
export type Step = z.infer<typeof stepSchema>;

/** See {@link pokeSchema}. */
export type Poke = z.infer<typeof pokeSchema>;
