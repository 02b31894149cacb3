import { MAX_BODY_BYTES } from '@datastores/core/protocol';
import { type Node, textOf } from '../values/json-text.ts';
import { httpBytes } from './http-text.ts';
import type { Call } from './messages.ts';
import type { Expected, HostileRequest } from './request.ts';
import type { Token } from './tokens.ts';

/** How a call is put into HTTP. */
export interface CallOptions {
  readonly form: string;
  readonly call: Call | 'info';
  readonly token: Token;
  readonly answer?: Expected['answer'];
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** The text of a message as superjson has it. */
export function envelope(message: Node, meta?: Node): string {
  return textOf({
    fields:
      meta === undefined
        ? [['json', message]]
        : [
            ['json', message],
            ['meta', meta],
          ],
  });
}

/** A call with this text or these bytes as its input, in a request that is right otherwise. */
export function callRequest(options: CallOptions, input: string | Uint8Array): HostileRequest {
  const { form, call, token, answer = 'http' } = options;
  const isGet = call === 'changes' || call === 'info';
  const method = options.method ?? (isGet ? 'GET' : 'POST');
  const text = typeof input === 'string' ? input : Buffer.from(input).toString('latin1');
  const target = `/trpc/${call}${isGet && text !== '' ? `?input=${encodeURIComponent(text)}` : ''}`;
  const authorization = token.header === null ? [] : [['Authorization', token.header] as const];
  const type = isGet || options.headers?.some(([name]) => /^content-type$/i.test(name)) ? [] : [JSON_TYPE];
  const headers = [...authorization, ...type, ...(options.headers ?? [])];
  const body = isGet ? undefined : Buffer.from(input as string);
  const bytes = httpBytes({ method, target, headers, ...(body === undefined ? {} : { body }) });
  // Refused before it is read to its end; the reset of the connection can overtake the answer.
  const isTooLarge = (body?.length ?? 0) > MAX_BODY_BYTES;
  return {
    form: `${call}: ${form}`,
    pieces: [bytes],
    pauseMs: 0,
    ending: 'answer',
    expects: {
      route: routeOf(call, method),
      token,
      answer: isTooLarge ? 'anything' : answer,
      isHead: method === 'HEAD',
    },
  };
}

const JSON_TYPE = ['Content-Type', 'application/json'] as const;

function routeOf(call: Call | 'info', method: string): Expected['route'] {
  return method === 'GET' || method === 'POST' ? call : 'none';
}
