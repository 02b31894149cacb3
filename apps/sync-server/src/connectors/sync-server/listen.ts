import { createTrpcTransport } from '@datastores/core';
import type { Poke } from '@datastores/core/protocol';
import { type Context, type Delivery, type Notice, SystemError } from '../connector.ts';
import { systemErrorOf } from './line.ts';
import type { ParsedOptions } from './options.ts';

const done = async () => {};

/**
 * The other server's stream of pokes, each as the notice that its datastores have news. What a poke brings is not taken out of
 * it: the pull that follows has its cursor. Not through the fetch of the context, whose time limit is that of a call.
 */
export async function* listenToPokes(options: ParsedOptions, context: Context): AsyncGenerator<Delivery> {
  const { url, token, timeoutMs, datastores } = options;
  const transport = createTrpcTransport({ url, token, timeoutMs });
  const waiting = new Set<string>();
  let failure: Error | null | undefined;
  let isConnected = false;
  let wake = () => {};
  const told = (poke: Poke) => {
    isConnected = true;
    for (const { name } of datastores) if (concerns(poke, name)) waiting.add(name);
    wake();
  };
  const ended = (error: Error | null) => {
    failure = error;
    wake();
  };
  const wanted = Object.fromEntries(datastores.map(({ name, version }) => [name, version]));
  const stream = transport.changes({ datastores: wanted }, { poke: told, ended });
  const stop = () => wake();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    while (!context.signal.aborted) {
      if (isConnected && waiting.size > 0) {
        const notices = [...waiting].map((name): Notice => ({ id: null, stream: name, keys: [], pull: true }));
        waiting.clear();
        yield { notices, ack: done, nack: done, refuse: done };
      } else if (failure !== undefined) {
        throw failure === null ? new SystemError('down', 'The other server has ended the stream.') : failureOf(failure);
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    context.signal.removeEventListener('abort', stop);
    stream.close();
    transport.close?.();
  }
}

/** The first poke of a stream says where everything stands, and not what has changed since. */
function concerns({ all, steps }: Poke, name: string): boolean {
  return all || steps.some(({ changes }) => Object.hasOwn(changes, name));
}

function failureOf(failure: Error): Error {
  try {
    return systemErrorOf(failure);
  } catch {
    return new SystemError('down', `The stream broke off: ${failure.message}`, { cause: failure });
  }
}
