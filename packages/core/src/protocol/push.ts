import * as z from 'zod/mini';
import { DatastoreError } from '../errors.ts';
import { MAX_ID_LENGTH } from '../schema/complete.ts';
import type { JsonDocument, JsonObject } from '../schema/document.ts';
import { issueList } from '../schema/issue-list.ts';
import { plainJsonIssues } from '../schema/plain-json.ts';
import { acknowledgedSchema, checkpointSchema, scopeSchema } from './checkpoint.ts';
import { headerFields, replicaSchema } from './header.ts';
import { MAX_CHANGED_FIELDS, MAX_PUSH_ROWS } from './limits.ts';
import { isNestedTooDeep } from './nesting.ts';
import { resetSchema } from './reset.ts';
import { IN_WORDS } from './wording.ts';

/** Sends changes. `rows` is the JSON text of a list of {@link PushRow}; `checkpoint` and `acknowledged` let the server demand a reset first. */
export const pushRequestSchema = z.strictObject({
  ...headerFields,
  /** The replica that made the changes. Lineage and counters are kept per replica. */
  replica: replicaSchema,
  /** Who is to have the receipts where that is not the same: a copy pushes what it found under the id of the other replica. */
  reader: z.optional(replicaSchema),
  checkpoint: z.nullable(checkpointSchema),
  acknowledged: acknowledgedSchema,
  rows: z.string(),
});

/** Longest version that a change can be based on. */
const MAX_BASE_LENGTH = 200;

/**
 * One change: what the document was based on, which fields changed from what, and the new state (null: deleted).
 * `was` holds the base values of `changed`; a changed field that the base did not have is missing in it.
 * `edit` tells rows from the same base apart: what the replica wrote later has the greater number.
 */
export const pushRowSchema = z.strictObject({
  id: z.string().check(z.minLength(1), z.maxLength(MAX_ID_LENGTH)),
  /** Version the change is based on; null if the replica knew no such document. */
  base: z.nullable(z.string().check(z.maxLength(MAX_BASE_LENGTH))),
  /** The scope of that version: tells of a document that is nowhere any more where it was. Missing where the replica has none. */
  scope: z.optional(scopeSchema),
  /**
   * Version of the newest state that the replica has pulled since it made the change; missing where there is none. It tells
   * a repeated insert from one that was made after the replica had seen the deletion.
   */
  held: z.optional(z.string().check(z.maxLength(MAX_BASE_LENGTH))),
  /** Grows with every write of this document on this replica, so that a row which arrives late is known as the older one. */
  edit: z.int().check(z.minimum(0)),
  /** True: made of the state it is based on and of no other. Where that has changed, the row is a conflict and nothing is merged. */
  guarded: z.optional(z.boolean()),
  changed: z.array(z.string()).check(z.maxLength(MAX_CHANGED_FIELDS)),
  was: z.record(z.string(), z.json()),
  doc: z.nullable(z.looseObject({ id: z.string() })),
});

/**
 * What became of one row. `document` is the JSON text of the state on the server, null if there is none or it is deleted;
 * `scope` is the one in which the row was decided, null if it was not looked at.
 */
export const pushOutcomeSchema = z.discriminatedUnion('is', [
  /** The server has exactly what was sent. */
  z.strictObject({ is: z.literal('accepted'), id: z.string(), scope: scopeSchema, version: z.string() }),
  /** Both sides had changed it: this is the result, and `decisions` (JSON text) what was decided. */
  z.strictObject({
    is: z.literal('merged'),
    id: z.string(),
    scope: scopeSchema,
    version: z.string(),
    document: z.string(),
    decisions: z.string(),
  }),
  /** The policy keeps the server's state whole. The change is over; its payload belongs in the rejected list. */
  z.strictObject({
    is: z.literal('conflict'),
    id: z.string(),
    scope: z.nullable(scopeSchema),
    version: z.nullable(z.string()),
    document: z.nullable(z.string()),
    code: z.string(),
    message: z.string(),
  }),
  /** The change itself is not allowed or not valid. */
  z.strictObject({
    is: z.literal('rejected'),
    id: z.string(),
    scope: z.nullable(scopeSchema),
    version: z.nullable(z.string()),
    document: z.nullable(z.string()),
    code: z.string(),
    message: z.string(),
  }),
]);

/** One outcome for each row, in the order of the rows; or the scopes to pull again first (nothing was applied). */
export const pushResponseSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('done'),
    outcomes: z.array(pushOutcomeSchema),
    /** For each scope the newest position in its feed that these outcomes rest on. */
    acknowledged: checkpointSchema,
  }),
  resetSchema,
]);

/** See {@link pushRequestSchema}. */
export type PushRequest = z.infer<typeof pushRequestSchema>;

/** See {@link pushOutcomeSchema}. */
export type PushOutcome = z.infer<typeof pushOutcomeSchema>;

/** See {@link pushResponseSchema}. */
export type PushResponse = z.infer<typeof pushResponseSchema>;

/** The answer to a push that was taken. */
export type PushAnswer = Extract<PushResponse, { kind: 'done' }>;

/** See {@link pushRowSchema}. */
export interface PushRow {
  readonly id: string;
  readonly base: string | null;
  readonly scope?: string | undefined;
  readonly held?: string | undefined;
  readonly edit: number;
  readonly guarded?: boolean | undefined;
  readonly changed: readonly string[];
  readonly was: JsonObject;
  readonly doc: JsonDocument | null;
}

/** What a row of a hostile or broken replica looks like after reading: its id as far as it can be told, and what is wrong. */
export interface UnreadableRow {
  readonly id: string;
  readonly problem: string;
}

/**
 * Reads the rows of a push one by one: a row that is not of the right form is told apart, so that it is rejected alone
 * and the rest goes on. Throws REQUEST_INVALID only if the text as a whole is not a list, or too long a one.
 */
export function parsePushRows(text: string): readonly (PushRow | UnreadableRow)[] {
  if (isNestedTooDeep(text)) throw new DatastoreError('REQUEST_INVALID', 'The rows of a push are nested too deep.');
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (cause) {
    throw new DatastoreError('REQUEST_INVALID', 'The rows of a push are not JSON.', { cause });
  }
  if (!Array.isArray(rows)) throw new DatastoreError('REQUEST_INVALID', 'The rows of a push are not a list.');
  if (rows.length > MAX_PUSH_ROWS) {
    throw new DatastoreError('REQUEST_INVALID', `A push has ${rows.length} rows; the limit is ${MAX_PUSH_ROWS}.`);
  }
  return rows.map(parsePushRow);
}

function parsePushRow(row: unknown): PushRow | UnreadableRow {
  if (isPushRow(row)) return read(row);
  const given: Record<string, unknown> = row !== null && typeof row === 'object' ? { ...row } : {};
  const id = typeof given['id'] === 'string' ? given['id'] : '';
  if (isLong(given['changed']) || isLong(given['was'])) {
    return { id, problem: `More than ${MAX_CHANGED_FIELDS} fields are named as changed.` };
  }
  // Before the schema, which drops keys called "__proto__" without a word.
  const unplain = [...plainJsonIssues(given['doc'] ?? null), ...plainJsonIssues(given['was'] ?? null)];
  if (unplain.length > 0) return { id, problem: `${issueList(unplain, 'The row')}.` };
  const parsed = pushRowSchema.safeParse(row, IN_WORDS);
  if (parsed.success) return read(parsed.data as PushRow);
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  return { id, problem: `${issueList(issues, 'The row')}.` };
}

/** More entries than a row may name: the schema would look at each of them before it counts. */
function isLong(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  return (Array.isArray(value) ? value.length : Object.keys(value).length) > MAX_CHANGED_FIELDS;
}

/**
 * What {@link pushRowSchema} says, for what JSON.parse gives, and without a copy of the row. Nearly every row is as it
 * should be; only for another one the schema is asked what is wrong with it.
 */
function isPushRow(row: unknown): row is PushRow {
  if (!isObject(row)) return false;
  const { id, base, scope, held, edit, changed, was, doc } = row;
  if (Object.keys(row).length !== 6 + (scope === undefined ? 0 : 1) + (held === undefined ? 0 : 1)) return false;
  return (
    typeof id === 'string' &&
    id.length > 0 &&
    id.length <= MAX_ID_LENGTH &&
    (base === null || (typeof base === 'string' && base.length <= MAX_BASE_LENGTH)) &&
    (held === undefined || (typeof held === 'string' && held.length <= MAX_BASE_LENGTH)) &&
    (scope === undefined || scopeSchema.safeParse(scope).success) &&
    Number.isSafeInteger(edit) &&
    (edit as number) >= 0 &&
    Array.isArray(changed) &&
    changed.length <= MAX_CHANGED_FIELDS &&
    changed.every((field) => typeof field === 'string') &&
    isObject(was) &&
    plainJsonIssues(was).length === 0 &&
    (doc === null || (isObject(doc) && typeof doc['id'] === 'string' && plainJsonIssues(doc).length === 0))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function read(row: PushRow): PushRow | UnreadableRow {
  const problem = contradiction(row);
  return problem === null ? row : { id: row.id, problem };
}

function contradiction({ id, base, changed, was, doc }: PushRow): string | null {
  if (doc !== null && doc.id !== id) return 'The id of the row is not the id of its document.';
  const named = new Set(changed);
  if (named.size < changed.length) return 'A field is named as changed twice.';
  if (named.has('id')) return 'The id is named as changed, which never changes.';
  if (Object.keys(was).some((field) => !named.has(field)))
    return 'A base value belongs to a field that did not change.';
  return base === null && Object.keys(was).length > 0 ? 'There are base values, but no base.' : null;
}
