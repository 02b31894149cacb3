import { type ChangesListener, isDatastoreError, type Transport } from '@datastores/core';
import {
  type Caller,
  PROTOCOL_VERSION,
  pokeSchema,
  replicationRouter,
  STREAM_SILENCE_MS,
} from '@datastores/core/protocol';
import type { Process } from '../virtual/scheduler.ts';
import type { TransportParts } from './transport-parts.ts';
import { datastoreErrorOf, meaningOf, textOf, unreachable } from './wire.ts';

/** How often a replica looks whether its stream lives, milliseconds. */
const WATCH_MS = 5_000;

/**
 * One stream of pokes. As over TCP, pokes come in order or not at all: where one is lost, nothing comes after it, and the
 * replica notices the silence.
 */
export function openStream(
  { device, line, scheduler, server, watcher, arrangement, streams }: TransportParts,
  wanted: Parameters<Transport['changes']>[0],
  listener: ChangesListener,
): { close(): void } {
  const abort = new AbortController();
  let serving: Process | null = null;
  let isOver = false;
  let broken = false;
  let arrival = 0;
  const end = (error: Error | null) => {
    if (isOver) return;
    isOver = true;
    hangUp();
    listener.ended(error);
  };
  /** The server hears of it by the connection, or by its next write. */
  const hangUp = () => {
    streams.delete(hangUp);
    const run = () => abort.abort();
    if (serving?.alive) scheduler.after(20, serving, { label: `${device.name} hangs up`, run });
    else run();
  };
  streams.add(hangUp);
  const deliver = (label: string, run: () => void) => {
    if (broken || !line.passes('answers')) {
      broken = true;
      return;
    }
    arrival = Math.max(arrival, scheduler.now() + line.delay());
    scheduler.after(arrival - scheduler.now(), device, { label: `${device.name} ${label}`, run });
  };

  /** Until then the way is full, and what else there is to tell waits at the server. */
  const read = (sender: Process | null) =>
    new Promise<void>((resolve) => {
      if (sender === null) return resolve();
      const ms = arrival - scheduler.now() + arrangement.readMs;
      scheduler.after(ms, sender, { label: `${device.name} reads on`, run: resolve });
    });

  const request = textOf({ ...wanted, protocol: PROTOCOL_VERSION });
  const serve = async (caller: Caller) => {
    const routes = replicationRouter.createCaller(
      { service: server.service(), authenticate: async () => caller },
      { signal: abort.signal },
    );
    try {
      for await (const poke of await routes.changes(meaningOf(request) as never)) {
        watcher.answered('poke', caller, poke);
        const text = textOf(poke);
        deliver('poke', () => {
          if (isOver) return;
          watcher.message(`${device.name} poke`, text);
          listener.poke(pokeSchema.parse(meaningOf(text)));
        });
        if (arrangement.readMs > 0 && !broken) await read(server.process());
      }
      deliver('stream ends', () => end(null));
    } catch (error) {
      const told = datastoreErrorOf(error);
      deliver('stream fails', () => end(isDatastoreError(told) ? told : unreachable(told)));
    }
    broken = true;
  };
  const watch = (silentMs: number) => {
    const run = () => {
      if (isOver) return;
      const silent = broken || serving === null || !serving.alive || !line.passes('answers');
      if (silent && silentMs + WATCH_MS >= STREAM_SILENCE_MS) return end(unreachable('silence'));
      watch(silent ? silentMs + WATCH_MS : 0);
    };
    scheduler.after(WATCH_MS, device, { label: `${device.name} stream watch`, run });
  };
  watch(0);
  line
    .ask({
      label: `${device.name} stream`,
      from: device,
      to: server.process,
      timeoutMs: STREAM_SILENCE_MS,
      duplicates: false,
      answer: async () => {
        serving = server.process();
        if (!isOver) void serve(server.caller());
      },
    })
    .catch((error: unknown) => end(unreachable(error)));
  return {
    close() {
      isOver = true;
      hangUp();
    },
  };
}
