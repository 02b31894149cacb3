import * as z from 'zod/mini';
import { DatastoreError } from '../errors.ts';
import type { JsonDocument } from '../schema/document.ts';
import { checkpointSchema } from './checkpoint.ts';
import { headerFields } from './header.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_ROWS } from './limits.ts';
import { resetSchema } from './reset.ts';

/** Asks for what came after a checkpoint (null: everything), at most so many rows and about so many bytes. */
export const pullRequestSchema = z.strictObject({
  ...headerFields,
  checkpoint: z.nullable(checkpointSchema),
  maxRows: z.number().check(z.int(), z.minimum(1), z.maximum(MAX_PAGE_ROWS)),
  maxBytes: z.number().check(z.int(), z.minimum(1), z.maximum(MAX_PAGE_BYTES)),
});

/**
 * One page. `documents` is the JSON text of a list of {@link PulledRow}: the server sends what it has stored without
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

/** One pulled document: its scope `s`, its version `v`, and the document, or the id of one that was deleted. */
export type PulledRow =
  | { readonly s: string; readonly v: string; readonly doc: JsonDocument }
  | { readonly s: string; readonly v: string; readonly del: string };

/** Reads the text of a page. Throws REQUEST_INVALID if it is not a list of rows. */
export function parsePulledRows(documents: string): readonly PulledRow[] {
  const rows = parseJson(documents);
  if (!Array.isArray(rows) || !rows.every(isPulledRow)) {
    throw new DatastoreError('REQUEST_INVALID', 'A pulled page does not hold a list of rows.');
  }
  return rows;
}

function isPulledRow(row: unknown): row is PulledRow {
  if (row === null || typeof row !== 'object') return false;
  const { s, v, doc, del } = row as Record<string, unknown>;
  if (typeof s !== 'string' || typeof v !== 'string') return false;
  if (typeof del === 'string') return doc === undefined;
  return (
    del === undefined && doc !== null && typeof doc === 'object' && typeof (doc as { id?: unknown }).id === 'string'
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DatastoreError('REQUEST_INVALID', 'A pulled page is not JSON.', { cause });
  }
}
