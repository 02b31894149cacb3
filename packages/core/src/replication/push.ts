import { DatastoreError, isDatastoreError } from '../errors.ts';
import type { Checkpoint } from '../protocol/checkpoint.ts';
import { MAX_PUSH_ROWS } from '../protocol/limits.ts';
import type { PushOutcome, PushResponse } from '../protocol/push.ts';
import type { Reset } from '../protocol/reset.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { journalKey } from '../replica/journal-entry.ts';
import type { ApplyTarget } from './apply-page.ts';
import { collectChanges, editKeys, type PendingChange } from './collect-changes.ts';
import { letOthersRun } from './let-others-run.ts';
import { settleOutcomes } from './settle-outcomes.ts';
import { measured, type TransferSize } from './transfer-size.ts';
import type { Transport } from './transport.ts';

/** What pushing needs. */
export interface PushOptions {
  readonly target: ApplyTarget;
  readonly transport: Transport;
  readonly replica: string;
  /** How large batches may be. */
  readonly size: TransferSize;
  /** How far the datastore was pulled. */
  readonly checkpoint: Checkpoint | null;
  /** Told of every outcome once it is settled. */
  readonly settled: (outcome: PushOutcome) => void;
}

/**
 * Pushes batch after batch until nothing is left that can be pushed. Returns the scopes that must be pulled again first,
 * or null. The next batch is made and sent while an answer is taken in. A batch that is too large for something on the
 * way is halved; a single change that still is, is refused here.
 */
export async function pushAll(options: PushOptions, signal: AbortSignal): Promise<Reset | null> {
  const limit = { maxRows: MAX_PUSH_ROWS };
  for (let keys = editKeys(options.target); keys.length > 0; keys = editKeys(options.target)) {
    const { reset, pushed } = await pushEdits(options, { keys, limit, signal });
    if (reset !== null) return reset;
    if (pushed === 0 || signal.aborted) return null;
  }
  return null;
}

interface Edits {
  readonly keys: readonly string[];
  /** Most rows of a batch; lowered where one proves too large. */
  readonly limit: { maxRows: number };
  readonly signal: AbortSignal;
}

async function pushEdits(options: PushOptions, { keys, limit, signal }: Edits) {
  const collect = (from: readonly string[]) =>
    collectChanges(options.target, from, { maxRows: limit.maxRows, maxBytes: options.size.bytes });
  let answers: Answers | null = null;
  let pushed = 0;
  try {
    let next = await collect(keys);
    while (next.pending.length > 0 && !signal.aborted) {
      const sent = next;
      const answer = send(options, sent.pending, signal);
      // A failure of what goes on meanwhile must not leave a rejection that nobody hears.
      answer.catch(() => undefined);
      // The request leaves first: taking in answers holds up everything else, and the server would wait with us.
      await letOthersRun();
      const earlier: Answers | null = answers;
      answers = null;
      if (earlier !== null) await settle(options, earlier);
      next = await collect(sent.rest);
      const response = await answered(answer);
      if (response === 'too large') {
        const [first, second] = sent.pending;
        if (first !== undefined && second === undefined) await refuseTooLarge(options, first);
        limit.maxRows = Math.ceil(sent.pending.length / 2);
        next = await collect(second === undefined ? sent.rest : [...sent.pending.map(keyOf), ...sent.rest]);
        continue;
      }
      if (response.kind === 'reset') return { reset: response, pushed };
      pushed += sent.pending.length;
      answers = { pending: sent.pending, outcomes: response.outcomes };
    }
  } finally {
    if (answers !== null) await settle(options, answers);
  }
  return { reset: null, pushed };
}

/** What a batch was answered with. */
interface Answers {
  readonly pending: readonly PendingChange[];
  readonly outcomes: readonly PushOutcome[];
}

function keyOf({ entry }: PendingChange): string {
  return journalKey(entry);
}

function send(options: PushOptions, pending: readonly PendingChange[], signal: AbortSignal): Promise<PushResponse> {
  const { target, transport, replica, size, checkpoint } = options;
  const answer = transport.push(
    {
      protocol: PROTOCOL_VERSION,
      datastore: target.datastore.name,
      schemaVersion: target.datastore.version,
      replica: pending[0]?.replica ?? replica,
      checkpoint,
      rows: `[${pending.map(({ text }) => text).join(',')}]`,
    },
    signal,
  );
  return measured(size, answer);
}

async function answered(answer: Promise<PushResponse>): Promise<PushResponse | 'too large'> {
  try {
    return await answer;
  } catch (error) {
    if (isDatastoreError(error) && error.code === 'PAYLOAD_TOO_LARGE') return 'too large';
    throw error;
  }
}

async function refuseTooLarge(options: PushOptions, pending: PendingChange): Promise<void> {
  const { entry, base } = pending;
  const error = new DatastoreError('DOCUMENT_TOO_LARGE', `"${entry.id}" does not fit into one request.`);
  const document = base.document === null ? null : JSON.stringify(base.document);
  const { code, message } = error;
  const outcome = { is: 'rejected', id: entry.id, version: base.version, document, code, message } as const;
  await settle(options, { pending: [pending], outcomes: [outcome] });
}

async function settle(options: PushOptions, { pending, outcomes }: Answers): Promise<void> {
  await settleOutcomes(options.target, pending, outcomes);
  for (const outcome of outcomes) options.settled(outcome);
}
