import { backoffDelay } from '../backoff.ts';
import type { Poke } from '../protocol/changes.ts';
import { STREAM_SILENCE_MS } from '../protocol/stream-times.ts';
import type { Transport } from './transport.ts';

/** What the live stream tells. */
export interface LiveOptions {
  readonly transport: Transport;
  readonly random: () => number;
  /** The datastores that follow pokes, with the versions of their schemas. */
  readonly datastores: Readonly<Record<string, number>>;
  /** Whose receipts the stream tells of. */
  readonly replica?: string;
  readonly poked: (poke: Poke) => void;
  /** The stream works now, or does not any more. */
  readonly changed: () => void;
}

/** The one stream of pokes of a replica, kept open over outages. */
export interface Live {
  /** True once a stream has brought its first poke: one that something on the way holds back is none. */
  readonly connected: () => boolean;
  /** Tries at once instead of waiting for the next attempt, e.g. when the device came online. */
  retry(): void;
  close(): void;
}

const FIRST_MS = 500;
const CAP_MS = 30_000;

/**
 * Keeps one stream open for all datastores. After every end it is opened again, with growing random delays after errors
 * and a short one after the server ended it on purpose. What was missed meanwhile shows in the first poke of each stream,
 * which says where the server stands; a stream that does not bring it in time is given up.
 */
export function createLive(options: LiveOptions): Live {
  let stream: { close(): void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let connected = false;
  let closed = false;
  let failures = 0;

  function open(): void {
    let isOver = false;
    const end = (error: Error | null) => {
      if (isOver || closed) return;
      isOver = true;
      clearTimeout(timer);
      stream = undefined;
      const delay = { firstMs: FIRST_MS, capMs: CAP_MS, random: options.random };
      timer = setTimeout(open, backoffDelay(error === null ? 0 : failures, delay));
      failures = error === null ? 0 : failures + 1;
      setConnected(false);
    };
    const { datastores, replica } = options;
    const wanted = { datastores: { ...datastores }, ...(replica === undefined ? {} : { replica }) };
    const opening = options.transport.changes(wanted, {
      poke(poke) {
        if (isOver || closed) return;
        if (!connected) {
          clearTimeout(timer);
          timer = undefined;
          failures = 0;
          setConnected(true);
        }
        options.poked(poke);
      },
      ended: end,
    });
    if (isOver) return;
    stream = opening;
    if (connected) return;
    timer = setTimeout(() => {
      opening.close();
      end(new Error('The stream brought nothing.'));
    }, STREAM_SILENCE_MS);
  }

  function setConnected(value: boolean): void {
    if (connected === value) return;
    connected = value;
    options.changed();
  }

  open();
  return {
    connected: () => connected,
    retry() {
      if (timer === undefined || stream !== undefined || closed) return;
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
