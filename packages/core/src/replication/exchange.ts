import { isDatastoreError } from '../errors.ts';
import type { PushOutcome } from '../protocol/push.ts';
import type { PullState } from '../replica/journal-entry.ts';
import { startOver, startOverAll } from '../replica/start-over.ts';
import type { ApplyTarget } from './apply-page.ts';
import { type PulledPage, pullAll } from './pull.ts';
import { readPullState } from './pull-state.ts';
import { pushAll } from './push.ts';
import { savePullState } from './save-pull-state.ts';
import type { TransferSize } from './transfer-size.ts';
import type { Transport } from './transport.ts';

/** What is exchanged, and with whom. */
export interface ExchangeOptions {
  readonly target: Omit<ApplyTarget, 'generations'>;
  readonly transport: Transport;
  readonly replica: string;
  /** How large pages and batches may be; all datastores of a replica go the same way. */
  readonly sizes: { readonly pull: TransferSize; readonly push: TransferSize };
  readonly settled: (outcome: PushOutcome) => void;
  /** Waits until it is this datastore's turn to pull. */
  readonly turn?: (signal: AbortSignal) => Promise<void>;
  /** Told of outcomes before they are taken in. */
  readonly answered?: (outcomes: readonly PushOutcome[]) => void;
}

/** One cycle: whether to pull, from where, and who is told. */
export interface Cycle {
  readonly pull: boolean;
  /** How far the datastore is, where that is known. */
  readonly state: PullState | null;
  readonly signal: AbortSignal;
  readonly progress: (page: PulledPage) => void;
}

/** Pushes what is journalled, then pulls if asked to or if the server wants it. Returns how far the datastore is. */
export async function exchange(options: ExchangeOptions, cycle: Cycle): Promise<PullState> {
  const { target, transport, replica, sizes } = options;
  const { signal, progress } = cycle;
  const { turn = noQueue } = options;
  const pull = (from: PullState) =>
    pullAll({ target, transport, replica, size: sizes.pull, progress, turn }, from, signal);
  await target.journal.reload();
  let state = await stateOf(target, cycle);
  try {
    const pushed = await push(options, state, signal);
    state = pushed.state;
    if (cycle.pull || pushed.reset) state = await pull(state);
  } catch (error) {
    if (!isDatastoreError(error) || error.code !== 'CHECKPOINT_INVALID') throw error;
    // A position that this server never gave out: start over, once; a second refusal ends the cycle.
    state = await savePullState(target.journal, state, { ...startOverAll(state), checkpoint: null });
    state = await pull(state);
  }
  return (await push(options, state, signal)).state;
}

const noQueue = async () => undefined;

/** Where other tabs write the same journal, one of them may have replicated in between. */
async function stateOf({ journal, datastore }: ExchangeOptions['target'], { state }: Cycle): Promise<PullState> {
  return state === null || journal.shared ? readPullState(journal, datastore) : state;
}

/** Pushes what is journalled, unless a scope is being pulled anew. `reset` if the server wants a scope pulled anew first. */
async function push(options: ExchangeOptions, from: PullState, signal: AbortSignal) {
  const { target, sizes } = options;
  if (from.resetting.length > 0) return { state: from, reset: true };
  if (!target.journal.shared && target.journal.index.edits(target.datastore.name) === 0) {
    return { state: from, reset: false };
  }
  const { generations } = from;
  const pushing = { ...options, target: { ...target, generations }, size: sizes.push };
  const { state, reset } = await pushAll(pushing, from, signal);
  if (reset === null) return { state, reset: false };
  // A scope that was lost is not pulled again: the next page names it as dropped, and its documents are removed then.
  const scopes = reset.scopes.filter(({ reason }) => reason !== 'forbidden').map(({ scope }) => scope);
  if (scopes.length === 0) return { state, reset: true };
  const anew = await savePullState(target.journal, state, startOver(state, scopes));
  return { state: anew, reset: true };
}
