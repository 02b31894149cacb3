import type { Context } from '../connector.ts';
import { type Reply, type Request, send } from './http-client.ts';
import type { ParsedOptions, StreamOptions } from './options.ts';

/** One stream of one service within one call of the engine. */
export interface Service {
  readonly options: ParsedOptions;
  readonly stream: StreamOptions;
  readonly context: Context;
  send(request: Request): Promise<Reply>;
}

/** Binds what every step of a call needs. */
export function createService(options: ParsedOptions, stream: StreamOptions, context: Context): Service {
  return { options, stream, context, send: (request) => send(options, request, context) };
}
