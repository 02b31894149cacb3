import { backoffDelay } from '../backoff.ts';
import type { Transport } from './transport.ts';

/** What the live stream tells. */
export interface LiveOptions {
  readonly transport: Transport;
  readonly random: () => number;
  /** A poke came, or the stream has just been opened: pull. */
  readonly changed: () => void;
}

/** The one stream of pokes of a replica, kept open over outages. */
export interface Live {
  readonly connected: () => boolean;
  /** Tries at once instead of waiting for the next attempt, e.g. when the device came online. */
  retry(): void;
  close(): void;
}

const FIRST_MS = 500;
const CAP_MS = 30_000;

/**
 * Keeps one stream open for all datastores. After every end it is opened again, with growing random delays after errors
 * and a short one after the server ended it on purpose. What was missed meanwhile comes by pull: `changed` is called
 * whenever a stream opens.
 */
export function createLive(options: LiveOptions): Live {
  let stream: { close(): void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let connected = false;
  let closed = false;
  let failures = 0;

  function open(): void {
    timer = undefined;
    stream = options.transport.changes({
      opened() {
        connected = true;
        options.changed();
      },
      poke() {
        failures = 0;
        options.changed();
      },
      ended(error) {
        connected = false;
        stream = undefined;
        if (closed) return;
        const delay = { firstMs: FIRST_MS, capMs: CAP_MS, random: options.random };
        timer = setTimeout(open, backoffDelay(error === null ? 0 : failures, delay));
        failures = error === null ? 0 : failures + 1;
      },
    });
  }
  open();

  return {
    connected: () => connected,
    retry() {
      if (timer === undefined || closed) return;
      clearTimeout(timer);
      open();
    },
    close() {
      closed = true;
      connected = false;
      clearTimeout(timer);
      stream?.close();
    },
  };
}
