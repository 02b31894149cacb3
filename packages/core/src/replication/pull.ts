import { MAX_PAGE_ROWS } from '../protocol/limits.ts';
import type { PullPage, PullResponse } from '../protocol/pull.ts';
import { parsePulledRows } from '../protocol/pulled-rows.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { notReached } from '../replica/acknowledged.ts';
import type { PullProgress, PullState } from '../replica/journal-entry.ts';
import { startOver } from '../replica/start-over.ts';
import { type ApplyTarget, applyPage } from './apply-page.ts';
import { asReader } from './as-reader.ts';
import { beginPull, type PullWrites } from './pull-writes.ts';
import { savePullState } from './save-pull-state.ts';
import { measured, type TransferSize } from './transfer-size.ts';
import type { Transport } from './transport.ts';

/** What pulling needs. */
export interface PullOptions {
  readonly target: Omit<ApplyTarget, 'generations'>;
  readonly transport: Transport;
  readonly replica: string;
  /** How large pages may be. */
  readonly size: TransferSize;
  /** Told after every page. */
  readonly progress: (page: PulledPage) => void;
  /** Waited for before every page, so that more urgent datastores go first. */
  readonly turn: (signal: AbortSignal) => Promise<void>;
}

/** What is told of a page that was applied. */
export interface PulledPage {
  readonly pulled: number;
  readonly remaining: number;
  /** How far the complete pull has come; null where it is not known. */
  readonly progress: PullProgress | null;
}

/**
 * Pulls page after page until the server has no more. The next page is asked for while one is applied; a checkpoint is
 * stored only after its page is, so whatever fails in between is pulled again and nothing is skipped. Returns how far the
 * datastore is then.
 */
export async function pullAll(options: PullOptions, from: PullState, signal: AbortSignal): Promise<PullState> {
  const writes = beginPull(options.target, from.checkpoint === null);
  try {
    return await pullPages({ ...options, writes }, from, signal);
  } finally {
    await writes.end();
  }
}

type Pulling = PullOptions & { readonly writes: PullWrites };

async function pullPages(options: Pulling, from: PullState, signal: AbortSignal): Promise<PullState> {
  const { target, writes } = options;
  let state = from;
  let response = await ask(options, state, signal);
  for (;;) {
    signal.throwIfAborted();
    if (response.kind === 'reset') {
      const scopes = response.scopes.map(({ scope }) => scope);
      state = await savePullState(target.journal, state, startOver(state, scopes));
      response = await ask(options, state, signal);
      continue;
    }
    const page = response;
    const ahead = page.hasMore ? ask(options, stateAfter(state, page), signal) : null;
    // A failure while the page is being applied must not leave a rejection that nobody hears.
    ahead?.catch(() => undefined);
    state = await apply(options, state, page);
    if (ahead === null) break;
    response = await ahead;
  }
  await writes.flush();
  return finish(target, state);
}

async function ask(options: PullOptions, state: PullState, signal: AbortSignal): Promise<PullResponse> {
  const { target, transport, size, replica } = options;
  await options.turn(signal);
  const answer = transport.pull(
    {
      protocol: PROTOCOL_VERSION,
      datastore: target.datastore.name,
      schemaVersion: target.datastore.version,
      ...asReader(target.datastore, replica),
      checkpoint: state.checkpoint,
      acknowledged: state.acknowledged,
      maxRows: MAX_PAGE_ROWS,
      maxBytes: size.bytes,
    },
    signal,
  );
  return measured(size, answer);
}

async function apply({ target, progress, writes }: Pulling, state: PullState, page: PullPage): Promise<PullState> {
  const rows = parsePulledRows(page.documents);
  await applyPage({ ...target, generations: state.generations }, rows, writes);
  if (page.dropped.length > 0) {
    const { removeScope } = await import('./sweep.ts');
    for (const scope of page.dropped) await removeScope({ ...target, generations: state.generations }, scope);
  }
  const next = withProgress(stateAfter(state, page), rows.length, page.remaining);
  progress({ pulled: rows.length, remaining: page.remaining, progress: next.progress ?? null });
  if (JSON.stringify(next) === JSON.stringify(state)) return state;
  await writes.save(next, state);
  return next;
}

/** The server has looked for what it acknowledged before it sent the page. */
function stateAfter(state: PullState, { checkpoint, dropped }: PullPage): PullState {
  const resetting = state.resetting.filter((scope) => !dropped.includes(scope));
  const open = Object.entries(notReached(state.acknowledged, checkpoint));
  const acknowledged = Object.fromEntries(open.filter(([scope]) => !dropped.includes(scope)));
  return { ...state, checkpoint, acknowledged, resetting };
}

/** What comes after the complete pull is no progress of it. */
function withProgress(state: PullState, pulled: number, remaining: number): PullState {
  if (state.complete || pulled === 0) return state;
  const done = (state.progress?.done ?? 0) + pulled;
  return { ...state, progress: { done, total: done + remaining } };
}

async function finish(target: PullOptions['target'], state: PullState): Promise<PullState> {
  if (state.resetting.length > 0) {
    const { removeLeftovers } = await import('./sweep.ts');
    for (const scope of state.resetting) await removeLeftovers({ ...target, generations: state.generations }, scope);
  }
  if (state.complete && state.resetting.length === 0) return state;
  return savePullState(target.journal, state, { ...state, resetting: [], complete: true });
}
