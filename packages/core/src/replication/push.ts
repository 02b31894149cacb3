import { DatastoreError, isDatastoreError } from '../errors.ts';
import { MAX_PUSH_ROWS } from '../protocol/limits.ts';
import type { PushAnswer, PushOutcome, PushResponse } from '../protocol/push.ts';
import type { Reset } from '../protocol/reset.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { withAcknowledged } from '../replica/acknowledged.ts';
import { journalKey, type PullState } from '../replica/journal-entry.ts';
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
  /** Told of outcomes before they are taken in. */
  readonly answered?: (outcomes: readonly PushOutcome[]) => void;
  /** Told of every outcome once it is settled. */
  readonly settled: (outcome: PushOutcome) => void;
}

/** What came of a push. */
export interface Pushed {
  /** How far the datastore is: with what the server has acknowledged. */
  readonly state: PullState;
  /** The scopes that must be pulled again first, or null. */
  readonly reset: Reset | null;
}

/**
 * Pushes batch after batch until nothing is left that can be pushed, or scopes must be pulled again first. The next batch
 * is made and sent while an answer is taken in. A batch that is too large for something on the way is halved; a single
 * change that still is, is refused here.
 */
export async function pushAll(options: PushOptions, from: PullState, signal: AbortSignal): Promise<Pushed> {
  const limit = { maxRows: MAX_PUSH_ROWS };
  let state = from;
  for (let keys = editKeys(options.target); keys.length > 0; keys = editKeys(options.target)) {
    const { reset, pushed, ...after } = await pushEdits(options, { keys, limit, state, signal });
    state = after.state;
    if (reset !== null) return { state, reset };
    if (pushed === 0 || signal.aborted) break;
  }
  return { state, reset: null };
}

interface Edits {
  readonly keys: readonly string[];
  /** Most rows of a batch; lowered where one proves too large. */
  readonly limit: { maxRows: number };
  readonly state: PullState;
  readonly signal: AbortSignal;
}

async function pushEdits(options: PushOptions, { keys, limit, state: from, signal }: Edits) {
  const collect = (from: readonly string[]) =>
    collectChanges(options.target, from, { maxRows: limit.maxRows, maxBytes: options.size.bytes });
  let answers: Answers | null = null;
  let pushed = 0;
  let state = from;
  try {
    let next = await collect(keys);
    while (next.pending.length > 0 && !signal.aborted) {
      const sent = next;
      const answer = send(options, { pending: sent.pending, state }, signal);
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
      if (response.kind === 'reset') return { state, reset: response, pushed };
      // The next batch asks for it at once: the store may be another one by then.
      state = withAcknowledged(state, response.acknowledged);
      pushed += sent.pending.length;
      answers = { pending: sent.pending, answer: response };
    }
  } finally {
    if (answers !== null) await settle(options, answers);
  }
  return { state, reset: null, pushed };
}

/** What a batch was answered with. */
interface Answers {
  readonly pending: readonly PendingChange[];
  readonly answer: Pick<PushAnswer, 'outcomes' | 'acknowledged'>;
}

function keyOf({ entry }: PendingChange): string {
  return journalKey(entry);
}

interface Batch {
  readonly pending: readonly PendingChange[];
  readonly state: PullState;
}

function send(options: PushOptions, { pending, state }: Batch, signal: AbortSignal): Promise<PushResponse> {
  const { target, transport, replica, size } = options;
  const maker = pending[0]?.replica ?? replica;
  const answer = transport.push(
    {
      protocol: PROTOCOL_VERSION,
      datastore: target.datastore.name,
      schemaVersion: target.datastore.version,
      replica: maker,
      ...(maker === replica ? {} : { reader: replica }),
      checkpoint: state.checkpoint,
      acknowledged: state.acknowledged,
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
  const refusal = {
    is: 'rejected',
    id: entry.id,
    scope: null,
    version: base.version,
    document,
    code,
    message,
  } as const;
  await settle(options, { pending: [pending], answer: { outcomes: [refusal], acknowledged: {} } });
}

async function settle(options: PushOptions, { pending, answer }: Answers): Promise<void> {
  options.answered?.(answer.outcomes);
  await settleOutcomes(options.target, pending, answer);
  for (const outcome of answer.outcomes) options.settled(outcome);
}
