import type { Caller, Poke } from '@datastores/core/protocol';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { accessOf } from './access.ts';

/** What a stream of pokes lives on. */
export interface ChangesOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Aborts when the server drains. */
  readonly closing: AbortSignal;
}

/**
 * Pokes of one caller. Between two of them the newest number of each scope is kept and nothing else: a consumer that does
 * not read costs one entry per scope, however long it sleeps. Ends with the signal, the server, or the token.
 */
export async function* changes(options: ChangesOptions, caller: Caller, signal: AbortSignal): AsyncGenerator<Poke> {
  const { store, clock, closing } = options;
  const access = accessOf(caller);
  const ended = new AbortController();
  const end = () => ended.abort();
  let waiting: Record<string, number> = {};
  let wake = () => {};
  const stop = store.onCommit(({ advances }) => {
    for (const { scope, position } of advances) if (access.allows(scope)) waiting[scope] = position.seq;
    wake();
  });
  for (const source of [signal, closing]) source.addEventListener('abort', end, { once: true });
  ended.signal.addEventListener('abort', () => wake(), { once: true });
  try {
    if (signal.aborted || closing.aborted) return;
    if (caller.expiresAt !== null) void endAt(clock, caller.expiresAt, ended);
    const first: Record<string, number> = {};
    for (const scope of access.scopes) first[scope] = (await store.head(scope)).position.seq;
    yield { heads: first };
    while (!ended.signal.aborted) {
      if (Object.keys(waiting).length > 0) {
        const heads = waiting;
        waiting = {};
        yield { heads };
      } else {
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

async function endAt(clock: Clock, time: number, ended: AbortController): Promise<void> {
  while (!ended.signal.aborted && clock.now() < time) await clock.sleep(time - clock.now(), ended.signal);
  ended.abort();
}
