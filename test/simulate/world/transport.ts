import type { Transport } from '@datastores/core';
import {
  digestResponseSchema,
  fromWireError,
  infoSchema,
  type PushRequest,
  type PushResponse,
  pullResponseSchema,
  pushResponseSchema,
  replicationRouter,
  toWireError,
} from '@datastores/core/protocol';
import { openStream } from './stream.ts';
import type { TransportParts } from './transport-parts.ts';
import { datastoreErrorOf, meaningOf, textOf, unreachable } from './wire.ts';

/** How long a replica waits for an answer, milliseconds. */
const TIMEOUT_MS = 6_000;

/**
 * The transport of a replica over a simulated line. Everything that crosses it is text, made and read by the protocol's
 * own transformer, routes and schemas.
 */
export function createTransport(parts: TransportParts): Transport {
  const { device, line, server, watcher, arrangement } = parts;
  const ask = async (
    route: 'info' | 'pull' | 'push' | 'digest',
    input: unknown,
    signal: AbortSignal,
  ): Promise<unknown> => {
    const sent = textOf(input);
    watcher.message(`${device.name} ${route}`, sent);
    let text: string;
    try {
      text = await line.ask({
        label: `${device.name} ${route}`,
        from: device,
        to: server.process,
        timeoutMs: TIMEOUT_MS,
        signal,
        answer: async () => {
          const caller = server.caller();
          const routes = replicationRouter.createCaller({
            service: server.service(),
            authenticate: async () => caller,
          });
          try {
            const call = routes[route] as (input: unknown) => Promise<unknown>;
            const result = await call(meaningOf(sent));
            if (route !== 'info') watcher.answered(route, caller, result);
            if (route === 'push') watcher.pushed(meaningOf(sent) as PushRequest, result as PushResponse);
            return textOf({ result });
          } catch (error) {
            return textOf({ error: toWireError(datastoreErrorOf(error)) });
          }
        },
      });
    } catch (error) {
      throw unreachable(error);
    }
    watcher.message(`${device.name} ${route} answer`, text);
    const answer = meaningOf(text) as { readonly result?: unknown; readonly error?: unknown };
    if (answer.error !== undefined) throw fromWireError(answer.error) ?? unreachable(answer.error);
    return answer.result;
  };
  return {
    info: async (signal) => infoSchema.parse(await ask('info', undefined, signal)),
    async pull(request, signal) {
      const answer = await ask('pull', { ...request, maxRows: arrangement.pageRows }, signal);
      return pullResponseSchema.parse(answer);
    },
    push: async (request, signal) => pushResponseSchema.parse(await ask('push', request, signal)),
    digest: async (request, signal) => digestResponseSchema.parse(await ask('digest', request, signal)),
    changes: (wanted, listener) => openStream(parts, wanted, listener),
  };
}
