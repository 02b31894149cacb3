import { DatastoreError } from '@datastores/core';
import type { OutboxRetry, OutboxRow } from '../store/outbox.ts';
import type { Store } from '../store/store.ts';
import { noteCreate } from './creates.ts';
import { frozenOf } from './make-write.ts';
import { mayRepeatBlindly } from './settle.ts';
import type { EngineStream } from './system-reach.ts';

/** A write that was given up. It holds its lane: what the document needs written later waits behind it. */
export interface Letter {
  /** Names the letter, and is the idempotency key of its write over all retries. */
  readonly writeId: string;
  readonly system: string;
  readonly stream: string;
  readonly scope: string;
  readonly datastore: string;
  /** Id of the document. */
  readonly id: string;
  /** What the write does; null where it died before one could be made. */
  readonly op: 'create' | 'update' | 'add' | 'delete' | null;
  /** Fields of the document that it tells. */
  readonly tells: readonly string[];
  readonly reason: string;
  /** The field that the system complained of; null: it named none. */
  readonly field: string | null;
  /** Since when it is dead, milliseconds since 1970. */
  readonly since: number;
  readonly attempts: number;
  /** True if its last attempt may have been applied. */
  readonly uncertain: boolean;
}

/** Which letters to take up again: some by write id, those of a system, or all. */
export type RetryRequest = (
  | { readonly writeIds: readonly string[] }
  | { readonly system: string }
  | { readonly all: true }
) & {
  /** The operator has looked over there: what may have been applied was not. */
  readonly notApplied?: boolean;
};

/** Which letters go again, and which do not because nobody can tell whether they were applied. */
export interface Retried {
  readonly retried: readonly Letter[];
  readonly uncertain: readonly Letter[];
}

/** More than can be dead in a sane system; a bound all the same. */
const MANY_LETTERS = 100_000;

/** Letters that one transaction takes up. */
const STEP = 500;

/** The dead letters, oldest first. */
export async function listLetters(store: Store, query: { readonly system?: string }): Promise<readonly Letter[]> {
  return (await store.outboxDead({ ...query, limit: MANY_LETTERS })).map(letterOf);
}

/** The row of a letter. Throws LETTER_UNKNOWN if there is none of that write id. */
export async function letterRow(store: Store, writeId: string): Promise<OutboxRow> {
  const [row] = await store.outboxDead({ writeId, limit: 1 });
  if (row === undefined) throw new DatastoreError('LETTER_UNKNOWN', `There is no dead letter "${writeId}".`);
  return row;
}

/**
 * Takes letters up again, each in its place in its lane and under its write id. What was certainly not applied is computed
 * anew from the document as it is now; what may have been is asked for first. Throws LETTER_UNKNOWN for an id that is no
 * letter, LETTER_UNCERTAIN for one whose system cannot be asked, and then nothing is retried.
 */
export async function retryLetters(
  store: Store,
  request: RetryRequest,
  streamOf: (row: OutboxRow) => EngineStream | undefined,
): Promise<Retried> {
  const rows = await rowsFor(store, request);
  const retries: { readonly row: OutboxRow; readonly retry: OutboxRetry }[] = [];
  const uncertain: Letter[] = [];
  for (const row of rows) {
    const state = stateFor(row, streamOf(row), request.notApplied === true);
    if (state === null) uncertain.push(letterOf(row));
    else retries.push({ row, retry: { seq: row.seq, state } });
  }
  const [first] = uncertain;
  if (first !== undefined && 'writeIds' in request) throw uncertainLetter(first);
  for (let start = 0; start < retries.length; start += STEP) {
    const step = retries.slice(start, start + STEP);
    await store.outboxRetry(step.map(({ retry }) => retry));
    for (const { row, retry } of step) {
      const creates = streamOf(row)?.memory.creates;
      if (creates !== undefined) noteCreate(creates, { ...row, state: retry.state, frozen: frozenOf(row) });
    }
  }
  return { retried: retries.map(({ row }) => letterOf(row)), uncertain };
}

/** A dead row as an operator sees it. */
export function letterOf(row: OutboxRow): Letter {
  const { writeId, system, stream, scope, datastore, id, field, attempts, uncertain, error, deadAt, createdAt } = row;
  const frozen = frozenOf(row);
  const tells = frozen === null ? [] : [...Object.keys(frozen.sent), ...Object.keys(frozen.amounts)];
  const about = { writeId, system, stream, scope, datastore, id, op: frozen?.write.op ?? null, tells };
  return { ...about, reason: error ?? '', field, since: deadAt ?? createdAt, attempts, uncertain };
}

async function rowsFor(store: Store, request: RetryRequest): Promise<readonly OutboxRow[]> {
  if (!('writeIds' in request)) {
    const query = 'system' in request ? { system: request.system } : {};
    return store.outboxDead({ ...query, limit: MANY_LETTERS });
  }
  const rows: OutboxRow[] = [];
  for (const writeId of new Set(request.writeIds)) rows.push(await letterRow(store, writeId));
  return rows;
}

/** As what a row goes on; null: it might be applied twice. */
function stateFor(row: OutboxRow, stream: EngineStream | undefined, notApplied: boolean): OutboxRetry['state'] | null {
  const frozen = frozenOf(row);
  if (!row.uncertain || frozen === null || notApplied) return 'ready';
  if (stream === undefined) return null;
  const isSafe = stream.stream.find !== undefined || mayRepeatBlindly(frozen.write.op, stream.stream.traits.creates);
  return isSafe ? 'unknown' : null;
}

function uncertainLetter({ writeId, op, system }: Letter): DatastoreError {
  return new DatastoreError(
    'LETTER_UNCERTAIN',
    `The ${op} "${writeId}" may have been applied, and ${system} cannot say.`,
  );
}
