import type { Caller, ChangesRequest, Poke, Step } from '@datastores/core/protocol';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { accessOf } from './access.ts';
import { MAX_POKE_SIZE } from './live-change.ts';
import type { LiveFeed } from './live-feed.ts';
import { createMailbox, type Piece } from './mailbox.ts';

/** What a stream of pokes lives on. */
export interface ChangesOptions {
  readonly store: Store;
  readonly feed: LiveFeed;
  readonly clock: Clock;
  /** Aborts when the server drains. */
  readonly closing: AbortSignal;
}

/** Who wants to hear of which changes, and for how long. */
export interface ChangesCall {
  readonly request: ChangesRequest;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/**
 * Pokes of one caller. What comes while the consumer does not read is kept in a mailbox that stays small, however long
 * it sleeps: a slow one is told to pull. Ends with the signal, the server, or the token.
 */
export async function* changes(options: ChangesOptions, call: ChangesCall): AsyncGenerator<Poke> {
  const { store, feed, clock, closing } = options;
  const { request, caller, signal } = call;
  const access = accessOf(caller);
  const ended = new AbortController();
  const end = () => ended.abort();
  const mailbox = createMailbox(new Set(Object.keys(request.datastores)));
  let wake = () => {};
  const stop = feed.listen(access.scopes, (change) => {
    if (mailbox.add(change)) wake();
  });
  for (const source of [signal, closing]) source.addEventListener('abort', end, { once: true });
  ended.signal.addEventListener('abort', () => wake(), { once: true });
  try {
    if (signal.aborted || closing.aborted) return;
    if (caller.expiresAt !== null) void endAt(clock, caller.expiresAt, ended);
    yield { all: true, steps: await headsOf(store, access.scopes) };
    while (!ended.signal.aborted) {
      if (mailbox.isWaiting) yield { all: false, steps: await stepsOf(mailbox.take(), request.datastores) };
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stop();
    end();
    for (const source of [signal, closing]) source.removeEventListener('abort', end);
  }
}

async function headsOf(store: Store, scopes: readonly string[]): Promise<Step[]> {
  const steps: Step[] = [];
  for (const scope of scopes) {
    steps.push({ scope, after: null, to: (await store.head(scope)).position, changes: {} });
  }
  return steps;
}

async function stepsOf(pieces: readonly Piece[], versions: ChangesRequest['datastores']): Promise<Step[]> {
  const steps: Step[] = [];
  let size = 0;
  for (const { scope, after, to, touched, change } of pieces) {
    const changes: Step['changes'] = {};
    for (const name of touched) {
      const version = versions[name];
      const rows = change === null || version === undefined ? null : await change.rows(name, version);
      size += rows?.length ?? 0;
      changes[name] = size > MAX_POKE_SIZE ? null : rows;
    }
    steps.push({ scope, after, to, changes });
  }
  return steps;
}

async function endAt(clock: Clock, time: number, ended: AbortController): Promise<void> {
  while (!ended.signal.aborted && clock.now() < time) await clock.sleep(time - clock.now(), ended.signal);
  ended.abort();
}
