import * as z from 'zod/mini';
import { MAX_SCOPES } from './limits.ts';

/** A position in the feed of one scope. `seq` counts its commits' rows; `epoch` names the store, `tag` the commit. */
export const positionSchema = z.strictObject({
  epoch: z.string().check(z.minLength(1), z.maxLength(64)),
  seq: z.number().check(z.int(), z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER)),
  tag: z.string().check(z.maxLength(64)),
});

/**
 * How far a replica has pulled, per scope. Opaque to the replica: it stores what it was given and sends it back.
 * `epoch` and `tag` let the server notice that it was restored or failed over to an older state.
 */
export const checkpointSchema = z
  .record(z.string().check(z.minLength(1), z.maxLength(200)), positionSchema)
  .check(z.refine((value) => Object.keys(value).length <= MAX_SCOPES, `names more than ${MAX_SCOPES} scopes`));

/** See {@link positionSchema}. */
export type Position = z.infer<typeof positionSchema>;

/** See {@link checkpointSchema}. */
export type Checkpoint = z.infer<typeof checkpointSchema>;

/**
 * The version of a document on the server: where and in which commit it was last written. Unique for ever, so a content
 * that comes back (A, B, A) is still a new version and counters are never counted against the wrong base.
 */
export function formatVersion(position: Position): string {
  return `${position.epoch}.${position.seq}.${position.tag}`;
}

/** The parts of a version, or null for a text that is none. */
export function parseVersion(version: string): Position | null {
  const [epoch, seq, tag, ...rest] = version.split('.');
  const number = Number(seq);
  if (!epoch || tag === undefined || rest.length > 0 || !Number.isSafeInteger(number) || number < 0) return null;
  return { epoch, seq: number, tag };
}
