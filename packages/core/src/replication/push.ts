import { DatastoreError, isDatastoreError } from '../errors.ts';
import type { Checkpoint } from '../protocol/checkpoint.ts';
import { MAX_PUSH_ROWS } from '../protocol/limits.ts';
import type { PushOutcome } from '../protocol/push.ts';
import type { Reset } from '../protocol/reset.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import type { ApplyTarget } from './apply-page.ts';
import { collectChanges, type PendingChange } from './collect-changes.ts';
import { settleOutcomes } from './settle-outcomes.ts';
import type { Transport } from './transport.ts';

/** What pushing needs. */
export interface PushOptions {
  readonly target: ApplyTarget;
  readonly transport: Transport;
  readonly replica: string;
  /** How far the datastore was pulled. */
  readonly checkpoint: Checkpoint | null;
  /** Told of every outcome once it is settled. */
  readonly settled: (outcome: PushOutcome) => void;
}

/**
 * Pushes batch after batch until nothing is left that can be pushed. Returns the scopes that must be pulled again first,
 * or null. A batch that is too large for something on the way is halved; a single change that still is, is refused here.
 */
export async function pushAll(options: PushOptions, signal: AbortSignal): Promise<Reset | null> {
  const { target } = options;
  let maxRows = MAX_PUSH_ROWS;
  while (!signal.aborted) {
    const pending = await collectChanges(target, maxRows);
    if (pending.length === 0) return null;
    try {
      const reset = await pushBatch(options, pending, signal);
      if (reset !== null) return reset;
    } catch (error) {
      if (!isDatastoreError(error) || error.code !== 'PAYLOAD_TOO_LARGE') throw error;
      if (pending.length > 1) maxRows = Math.ceil(pending.length / 2);
      else await refuseTooLarge(options, pending as readonly [PendingChange]);
    }
  }
  return null;
}

async function pushBatch(options: PushOptions, pending: readonly PendingChange[], signal: AbortSignal) {
  const { target, transport, replica, checkpoint } = options;
  const response = await transport.push(
    {
      protocol: PROTOCOL_VERSION,
      datastore: target.datastore.name,
      schemaVersion: target.datastore.version,
      replica,
      checkpoint,
      rows: JSON.stringify(pending.map((change) => change.row)),
    },
    signal,
  );
  if (response.kind === 'reset') return response;
  await settle(options, pending, response.outcomes);
  return null;
}

async function refuseTooLarge(options: PushOptions, pending: readonly [PendingChange]): Promise<void> {
  const [{ row, base }] = pending;
  const error = new DatastoreError('DOCUMENT_TOO_LARGE', `"${row.id}" does not fit into one request.`);
  const document = base.document === null ? null : JSON.stringify(base.document);
  const { code, message } = error;
  await settle(options, pending, [{ is: 'rejected', id: row.id, version: base.version, document, code, message }]);
}

async function settle(options: PushOptions, pending: readonly PendingChange[], outcomes: readonly PushOutcome[]) {
  await settleOutcomes(options.target, pending, outcomes);
  for (const outcome of outcomes) options.settled(outcome);
}
