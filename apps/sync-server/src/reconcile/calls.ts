import type { Clock } from '../clock.ts';
import type { Context, Page } from '../connectors/connector.ts';
import { SystemError } from '../connectors/connector.ts';
import type { Log } from '../log.ts';
import { createLimiter } from './limiter.ts';

/** The one way to a connector: rate, deadline and cancellation of every call hang on it. */
export interface Calls {
  /** One call. Throws what the connector throws, and SystemError `down` if it did not answer in time. */
  call<T>(run: (context: Context) => Promise<T>): Promise<T>;
  /** Work beside the calls to the system, e.g. to judge what it sent: within the deadline, not within the rate. */
  aside<T>(run: (context: Context) => Promise<T>): Promise<T>;
  /** The context of a feed that lasts as long as the engine. */
  feed(): Context;
  /** The pages of one reading, each with its own deadline. */
  pages(read: (context: Context) => AsyncIterable<Page>): AsyncGenerator<Page, void, undefined>;
}

/** How a system may be called. */
export interface CallOptions {
  readonly system: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts every call. */
  readonly signal: AbortSignal;
  readonly ratePerSecond?: number | undefined;
  /** Default 30 seconds, for one call or one page. */
  readonly timeoutMs?: number | undefined;
  /** Called whenever the system has answered. */
  readonly onAnswer?: () => void;
}

/** Calls to one system. */
export function createCalls(options: CallOptions): Calls {
  const limiter = createLimiter(options.clock, options.ratePerSecond);
  const timeoutMs = options.timeoutMs ?? 30_000;

  const slowDown = () => {
    limiter.throttled();
    options.log.info('system-rate-reduced', { system: options.system, perSecond: limiter.perSecond() });
  };

  const open = () => {
    const end = new AbortController();
    const signal = AbortSignal.any([options.signal, end.signal]);
    // The call itself has taken a turn, which pays for the first request it makes.
    let paid = 0;
    const turn = async () => {
      await limiter.turn(signal);
      paid = 1;
      signal.throwIfAborted();
    };
    const limitedFetch: typeof globalThis.fetch = async (input, init) => {
      if (paid > 0) paid -= 1;
      else await limiter.turn(signal);
      const signals = init?.signal ? [signal, init.signal] : [signal];
      const response = await globalThis.fetch(input, { ...init, signal: AbortSignal.any(signals) });
      // A connector may repeat the call by itself, and nobody else would hear of it.
      if (response.status === 429) slowDown();
      return response;
    };
    const context: Context = {
      signal,
      fetch: limitedFetch,
      now: options.clock.now,
      log: (event, detail) => options.log.info(event, { system: options.system, ...detail }),
      origin: 'datastores',
    };
    return { context, turn, end: (reason?: Error) => end.abort(reason) };
  };

  const within = async <T>(work: Promise<T>, end: (reason: Error) => void): Promise<T> => {
    const done = new AbortController();
    const late = options.clock.sleep(timeoutMs, AbortSignal.any([done.signal, options.signal])).then(() => LATE);
    // Whoever loses the race may fail later; that failure has nobody else to tell.
    work.catch(() => {});
    try {
      const first = await Promise.race([work, late]).catch((error: unknown) => {
        if (error instanceof SystemError && error.kind === 'throttled') slowDown();
        throw error;
      });
      if (first !== LATE) return first as T;
      options.signal.throwIfAborted();
      const message = `${options.system} did not answer within ${timeoutMs} ms.`;
      const error = new SystemError('down', message, { cause: NO_ANSWER });
      end(error);
      throw error;
    } finally {
      done.abort();
    }
  };

  return {
    async call(run) {
      const { context, turn, end } = open();
      await turn();
      const result = await within(run(context), end);
      options.onAnswer?.();
      return result;
    },
    aside: (run) => {
      const { context, end } = open();
      return within(run(context), end);
    },
    feed: () => open().context,
    async *pages(read) {
      const { context, turn, end } = open();
      const pages = read(context)[Symbol.asyncIterator]();
      try {
        for (;;) {
          await turn();
          const next = await within(pages.next(), end);
          options.onAnswer?.();
          if (next.done) return;
          yield next.value;
        }
      } finally {
        end();
        // A reading that hangs would hang here too, so its end is not waited for.
        void pages.return?.().catch(() => {});
      }
    },
  };
}

const NO_ANSWER = Symbol('no answer');
const LATE = Symbol('late');

/** True for a call that ended without an answer: what it was to do may have been done. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof SystemError && error.cause === NO_ANSWER;
}
