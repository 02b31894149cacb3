import type { TRPCError } from '@trpc/server';
import { serializedError } from './answer-call.ts';
import type { Poke } from './changes.ts';
import { STREAM_SILENCE_MS } from './stream-times.ts';

/** A stream of pokes on the wire: server-sent events, in the form that tRPC gives to subscriptions. This is the first one. */
export const CONNECTED_FRAME = frame(JSON.stringify({ reconnectAfterInactivityMs: STREAM_SILENCE_MS }), 'connected');

/** Says that the stream lives. */
export const PING_FRAME = frame('', 'ping');

/** Says that the server ends the stream on purpose. */
export const RETURN_FRAME = frame('', 'return');

/** One poke. It is plain JSON, which the transformer would leave as it is. */
export function pokeFrame(poke: Poke): string {
  return frame(JSON.stringify({ json: poke }));
}

/** Says why the stream ends. */
export function errorFrame(error: TRPCError): string {
  return frame(JSON.stringify(serializedError(error)), 'serialized-error');
}

/** JSON text holds no line breaks, so it is one line of the event. */
function frame(data: string, event?: string): string {
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${data}\n\n`;
}
