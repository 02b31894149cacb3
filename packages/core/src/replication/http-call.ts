import { isServerInfo } from '../protocol/answer-guards.ts';
import { writeMessage } from '../protocol/plain-message.ts';
import { resultIn } from './answer.ts';
import type { HttpClient, HttpRequest } from './http-client.ts';

/** Where calls go. */
export interface HttpCallsOptions {
  /** Base of the tRPC routes. */
  readonly url: string;
  readonly http: HttpClient;
  /** Called before every request, so that each has a fresh token. */
  readonly headers: () => Promise<Record<string, string>>;
  /** Longest wait for one answer, milliseconds. */
  readonly timeoutMs: number;
}

/** One call of a procedure. */
export interface HttpCall {
  readonly path: string;
  /** Whether it is a POST. A query here has no input. */
  readonly isMutation: boolean;
  readonly input: unknown;
  readonly signal: AbortSignal | null;
}

/** Length from which on the body of a request is packed, in characters. */
const PACK_FROM = 8 * 1024;

/**
 * Makes calls one by one, each the request that tRPC's `httpLink` would send: in a batch, one aborted call could not be
 * aborted and a large answer would hold up its neighbours. Long bodies are packed for a server that unpacks them.
 */
export function createHttpCalls(options: HttpCallsOptions): (call: HttpCall) => Promise<unknown> {
  const { url, http, timeoutMs } = options;
  let unpacks: Promise<boolean> | undefined;

  async function send(call: HttpCall): Promise<unknown> {
    const { signal, done } = withTimeout(call.signal, timeoutMs);
    try {
      const response = await http.request(`${url}/${call.path}`, await requestOf(call, signal));
      return resultIn(response.status, await response.text());
    } finally {
      done();
    }
  }

  async function requestOf({ isMutation, input }: HttpCall, signal: AbortSignal): Promise<HttpRequest> {
    const headers = await options.headers();
    if (!isMutation) return { method: 'GET', headers, signal };
    const body = writeMessage(input);
    const request = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, signal } as const;
    if (http.gzip === undefined || body.length < PACK_FROM || !(await serverUnpacks())) return { ...request, body };
    return { ...request, headers: { ...request.headers, 'content-encoding': 'gzip' }, body: await http.gzip(body) };
  }

  /** Asked once; where the answer does not come it is asked for again with the next large request. */
  function serverUnpacks(): Promise<boolean> {
    unpacks ??= send({ path: 'info', isMutation: false, input: undefined, signal: null }).then(
      (answer) => isServerInfo(answer) && answer.encodings.includes('gzip'),
      () => {
        unpacks = undefined;
        return false;
      },
    );
    return unpacks;
  }

  return send;
}

/** A signal that aborts with the given one, or after a time. `done` lets go of both. */
function withTimeout(given: AbortSignal | null, timeoutMs: number) {
  const abort = new AbortController();
  const stop = () => abort.abort(given?.reason);
  const timer = setTimeout(() => abort.abort(new Error(`nothing came for ${timeoutMs} ms`)), timeoutMs);
  given?.addEventListener('abort', stop, { once: true });
  if (given?.aborted) stop();
  const done = () => {
    clearTimeout(timer);
    given?.removeEventListener('abort', stop);
  };
  return { signal: abort.signal, done };
}
