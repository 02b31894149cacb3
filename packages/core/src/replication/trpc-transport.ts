import { createTRPCClient, httpLink } from '@trpc/client';
import { pokeSchema } from '../protocol/changes.ts';
import { infoSchema } from '../protocol/info.ts';
import { pullResponseSchema } from '../protocol/pull.ts';
import { pushResponseSchema } from '../protocol/push.ts';
import type { ReplicationRouter } from '../protocol/router.ts';
import { transformer } from '../protocol/transformer.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { errorOf, parseAnswer, toDatastoreError } from './answer.ts';
import { openEventStream } from './event-stream.ts';
import type { ChangesListener, Transport } from './transport.ts';

/** A token, or a function that fetches a fresh one; it is called before every request and every stream. */
export type TokenSource = string | (() => string | Promise<string>);

/** Where the server is and how to prove who asks. */
export interface TrpcTransportOptions {
  /** Base of the tRPC routes, e.g. `https://sync.example.com/trpc`. */
  readonly url: string;
  readonly token: TokenSource;
  /** Longest wait for one answer, milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * The transport over tRPC. Pull and push go one by one over `httpLink`: in a batch, one aborted call could not be aborted
 * and a large answer would hold up its neighbours. Pokes come as server-sent events.
 */
export function createTrpcTransport(options: TrpcTransportOptions): Transport {
  const fetchNow = options.fetch ?? globalThis.fetch.bind(globalThis);
  const timeoutMs = options.timeoutMs ?? 60_000;
  const authorization = async () => ({ authorization: `Bearer ${await tokenOf(options.token)}` });
  const client = createTRPCClient<ReplicationRouter>({
    links: [httpLink({ url: options.url, transformer, headers: authorization, fetch: fetchNow as never })],
  });
  const ask = async <T>(signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const abort = new AbortController();
    const stop = () => abort.abort(signal.reason);
    const timer = setTimeout(() => abort.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await call(abort.signal);
    } catch (error) {
      throw toDatastoreError(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  };

  return {
    info: (signal) =>
      ask(signal, async (s) => parseAnswer(infoSchema, await client.info.query(undefined, { signal: s }))),
    pull: (request, signal) =>
      ask(signal, async (s) => parseAnswer(pullResponseSchema, await client.pull.mutate(request, { signal: s }))),
    push: (request, signal) =>
      ask(signal, async (s) => parseAnswer(pushResponseSchema, await client.push.mutate(request, { signal: s }))),
    changes(datastores, listener) {
      const input = transformer.serialize({ protocol: PROTOCOL_VERSION, datastores });
      let failure: Error | null = null;
      return openEventStream({
        url: `${options.url}/changes?input=${encodeURIComponent(JSON.stringify(input))}`,
        fetch: fetchNow,
        headers: authorization,
        event: (name, data) => {
          if (name === 'message') tell(listener, data);
          if (name === 'serialized-error') failure = streamError(data);
          return name !== 'serialized-error' && name !== 'return';
        },
        ended: (error) => listener.ended(error ?? failure),
      });
    },
  };
}

async function tokenOf(source: TokenSource): Promise<string> {
  return typeof source === 'function' ? source() : source;
}

/** Something that is no poke is passed over: what it may have said is pulled sooner or later. */
function tell(listener: ChangesListener, data: string): void {
  const poke = pokeSchema.safeParse(transformer.deserialize(JSON.parse(data)));
  if (poke.success) listener.poke(poke.data);
}

function streamError(data: string): Error {
  return errorOf({ error: JSON.parse(data) }) ?? toDatastoreError(new Error('the stream failed'));
}
