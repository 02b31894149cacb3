import { type ChangesListener, DatastoreError, type Transport } from '@datastores/core';
import { initialReach, nextReach, type ReachAction, type ReachEvent } from './reach.ts';

/** A transport that notices within seconds that the server cannot be reached, and that it can again. */
export interface WatchedTransport extends Transport {
  /** Calls a function whenever the server was lost or is reached again. */
  onChange(listener: () => void): void;
  close(): void;
}

/** Longest wait for the answer to a probe, milliseconds. */
const PROBE_MS = 3_000;
const TICK_MS = 1_000;

/**
 * Watches a transport by the events of the device and by probes, see {@link nextReach}. While the server cannot be reached,
 * requests fail at once instead of after the minute that a dead line takes; what was under way fails when it is noticed.
 * Probes are made while the page is visible and nothing else is heard: a page that nobody looks at can wait for its requests.
 */
export function watchTransport(transport: Transport): WatchedTransport {
  const { note } = transport;
  const abort = new AbortController();
  const streams = new Set<(error: Error) => void>();
  const listeners = new Set<() => void>();
  let reach = initialReach(performance.now());
  let lost = new AbortController();

  function happen(type: ReachEvent['type']): void {
    const step = nextReach(reach, { type, at: performance.now() });
    reach = step.reach;
    for (const action of step.actions) act(action);
  }

  function act(action: ReachAction): void {
    if (action === 'probe') void probe();
    if (action === 'lost') {
      lost.abort(unreachable());
      for (const end of [...streams]) end(unreachable());
    }
    if (action === 'regained') lost = new AbortController();
    if (action !== 'probe') for (const listener of listeners) listener();
  }

  async function probe(): Promise<void> {
    const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(PROBE_MS)]);
    await transport.info(signal).then(
      () => happen('heard'),
      (error: unknown) => happen(isAnswer(error) ? 'heard' : 'probe-failed'),
    );
  }

  async function watched<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (reach.state === 'lost') throw unreachable();
    const { signal: gone } = lost;
    try {
      const answer = await call(AbortSignal.any([signal, gone]));
      happen('heard');
      return answer;
    } catch (error) {
      if (gone.aborted && !signal.aborted) throw unreachable();
      if (isAnswer(error)) happen('heard');
      // It may have been this request alone: the probe tells.
      else if (!signal.aborted) happen('hope');
      throw error;
    }
  }

  const onDevice = (event: Event) => happen(event.type === 'offline' ? 'unplugged' : 'hope');
  const onVisible = () => {
    if (isVisible()) happen('hope');
  };
  const { signal } = abort;
  globalThis.addEventListener?.('online', onDevice, { signal });
  globalThis.addEventListener?.('offline', onDevice, { signal });
  globalThis.document?.addEventListener('visibilitychange', onVisible, { signal });
  const timer = setInterval(() => {
    if (isVisible()) happen('tick');
  }, TICK_MS);
  if (globalThis.navigator?.onLine === false) happen('unplugged');

  return {
    info: (given) => watched((both) => transport.info(both), given),
    pull: (request, given) => watched((both) => transport.pull(request, both), given),
    push: (request, given) => watched((both) => transport.push(request, both), given),
    digest: (request, given) => watched((both) => transport.digest(request, both), given),
    ...(note === undefined
      ? {}
      : {
          note: (noted: Parameters<typeof note>[0], given: AbortSignal) => watched((both) => note(noted, both), given),
        }),
    changes(wanted, listener) {
      if (reach.state === 'reached') {
        return watchStream({ transport, streams, heard: () => happen('heard') }, wanted, listener);
      }
      let closed = false;
      queueMicrotask(() => {
        if (!closed) listener.ended(unreachable());
      });
      return {
        close() {
          closed = true;
        },
      };
    },
    onChange: (listener) => listeners.add(listener),
    close() {
      clearInterval(timer);
      abort.abort();
      transport.close?.();
    },
  };
}

interface Streams {
  readonly transport: Transport;
  /** What ends each of those that are open. */
  readonly streams: Set<(error: Error) => void>;
  readonly heard: () => void;
}

function watchStream(
  { transport, streams, heard }: Streams,
  wanted: Parameters<Transport['changes']>[0],
  listener: ChangesListener,
): { close(): void } {
  const stream = transport.changes(wanted, {
    poke(poke) {
      heard();
      listener.poke(poke);
    },
    ended(error) {
      if (streams.delete(end)) listener.ended(error);
    },
  });
  function end(error: Error): void {
    stream.close();
    if (streams.delete(end)) listener.ended(error);
  }
  streams.add(end);
  return {
    close() {
      streams.delete(end);
      stream.close();
    },
  };
}

/** A server that refuses is there. */
function isAnswer(error: unknown): boolean {
  return error instanceof DatastoreError && error.code !== 'SERVER_UNREACHABLE';
}

function isVisible(): boolean {
  return globalThis.document?.visibilityState !== 'hidden';
}

function unreachable(): DatastoreError {
  return new DatastoreError('SERVER_UNREACHABLE', 'There is no way to the server at the moment.');
}
