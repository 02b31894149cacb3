import { Readable } from 'node:stream';
import {
  asTRPCError,
  CONNECTED_FRAME,
  errorFrame,
  PING_FRAME,
  type Poke,
  pokeFrame,
  RETURN_FRAME,
  STREAM_MAX_MS,
  STREAM_PING_MS,
} from '@datastores/core/protocol';
import { getTRPCErrorFromUnknown, type TRPCError } from '@trpc/server';

/** Where the pokes of a stream come from. */
export interface PokeStreamOptions {
  /** Called once. The pokes end when the signal aborts; what this throws, and what they throw, ends the stream with that error. */
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<Poke>>;
  readonly failed: (error: TRPCError) => void;
}

/**
 * The body of a stream of pokes. It pings while it is idle, ends after {@link STREAM_MAX_MS}, and asks for the next poke
 * only when the reader has taken the one before.
 */
export function pokeStream({ open, failed }: PokeStreamOptions): Readable {
  const abort = new AbortController();
  let goOn = () => {};
  let isIdle = false;
  const stream = new Readable({
    read: () => goOn(),
    destroy: (error, done) => {
      clearInterval(ping);
      clearTimeout(enough);
      abort.abort();
      goOn();
      done(error);
    },
  });
  const enough = setTimeout(() => abort.abort(), STREAM_MAX_MS);
  const ping = setInterval(() => {
    if (isIdle) stream.push(PING_FRAME);
    isIdle = true;
  }, STREAM_PING_MS);
  void run();
  return stream;

  async function run(): Promise<void> {
    stream.push(CONNECTED_FRAME);
    try {
      for await (const poke of await open(abort.signal)) {
        isIdle = false;
        if (stream.destroyed) return;
        if (!stream.push(frameOf(poke))) await taken();
      }
      if (!stream.destroyed) stream.push(RETURN_FRAME);
    } catch (cause) {
      const error = asTRPCError(getTRPCErrorFromUnknown(cause));
      failed(error);
      if (!stream.destroyed) stream.push(errorFrame(error));
    }
    if (!stream.destroyed) stream.push(null);
  }

  function taken(): Promise<void> {
    return new Promise((resolve) => {
      goOn = resolve;
    });
  }
}

const frames = new WeakMap<Poke, Buffer>();

/** One poke may go to many streams: it is written down once. */
function frameOf(poke: Poke): Buffer {
  const known = frames.get(poke) ?? Buffer.from(pokeFrame(poke));
  frames.set(poke, known);
  return known;
}
