import { STREAM_SILENCE_MS } from '../protocol/stream-times.ts';
import { errorIn, toDatastoreError } from './answer.ts';
import { createEventReader } from './event-reader.ts';
import type { HttpClient } from './http-client.ts';

/** Where a stream of server-sent events is read from, and who hears of it. */
export interface EventStreamOptions {
  readonly url: string;
  readonly http: HttpClient;
  /** Called once for each stream, so that each begins with a fresh token. */
  readonly headers: () => Promise<Record<string, string>>;
  /** Says whether the stream goes on. */
  readonly event: (name: string, data: string) => boolean;
  /** Called once, unless the stream is closed here: with an error, or null where `event` ended it. */
  readonly ended: (error: Error | null) => void;
}

/** Longest event that is read, in characters. Pokes are shorter by far. */
const MAX_EVENT_SIZE = 4 * 1024 * 1024;

/**
 * Reads one stream, until it ends, `event` says so, or nothing came for {@link STREAM_SILENCE_MS}. The event sources of
 * browsers cannot send a header, and a token does not belong into a URL; through one that can, and the link of tRPC for
 * subscriptions over it, an event takes more than twice as long.
 */
export function openEventStream(options: EventStreamOptions): { close(): void } {
  const abort = new AbortController();
  let isOver = false;
  let lastAt = performance.now();
  let timer = setTimeout(watch, STREAM_SILENCE_MS);

  function end(error: Error | null): void {
    if (isOver) return;
    close();
    options.ended(error);
  }

  function close(): void {
    isOver = true;
    clearTimeout(timer);
    abort.abort();
  }

  /** A timer for each event would cost more than the event. */
  function watch(): void {
    const left = lastAt + STREAM_SILENCE_MS - performance.now();
    if (left <= 0) end(toDatastoreError(new Error('the stream was silent for too long')));
    else timer = setTimeout(watch, left);
  }

  async function read(): Promise<void> {
    const headers = { accept: 'text/event-stream', ...(await options.headers()) };
    const response = await options.http.request(options.url, { method: 'GET', headers, signal: abort.signal });
    if (response.status !== 200) throw errorIn(response.status, await response.text());
    const reader = createEventReader({
      maxSize: MAX_EVENT_SIZE,
      event: (event, data) => {
        if (!isOver && !options.event(event, data)) end(null);
      },
      tooLong: () => end(toDatastoreError(new Error('an event was too long'))),
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.chunks()) {
      if (isOver) return;
      lastAt = performance.now();
      reader.feed(decoder.decode(chunk, { stream: true }));
    }
    throw new Error('the stream broke off');
  }

  read().catch((error: unknown) => end(toDatastoreError(error)));
  return { close };
}
