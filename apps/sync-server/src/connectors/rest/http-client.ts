import type { JsonValue } from '@datastores/core/schema';
import type { Context } from '../connector.ts';
import type { ParsedOptions } from './options.ts';
import { readLimited } from './read-limited.ts';

/** What is needed to talk to one service. `parse` reads a body; default: JSON.parse. */
export type HttpSettings = Pick<ParsedOptions, 'baseUrl' | 'headers' | 'auth' | 'timeoutMs' | 'maxBytes'> & {
  readonly parse?: (text: string) => JsonValue;
};

/** One request. Its headers go before all others; a body is sent as JSON, or as the form it is. */
export interface Request {
  readonly method: string;
  readonly address: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonValue | URLSearchParams;
}

/** What came of a request. Nothing is thrown: whether it may have been acted on is part of the result. */
export type Reply =
  | { readonly is: 'answer'; readonly status: number; readonly headers: Headers; readonly body: JsonValue | undefined }
  /** An answer that cannot be read: too large, cut, or no JSON. */
  | (Unreadable & { readonly status: number; readonly headers: Headers })
  /** No answer. `sent`: the request may have arrived. */
  | { readonly is: 'broken'; readonly sent: boolean; readonly reason: string }
  /** Sent on to another host, where our credentials do not belong. */
  | { readonly is: 'elsewhere'; readonly location: string };

interface Unreadable {
  readonly is: 'unreadable';
  readonly reason: string;
  /** It ended too early, so that another try may bring it. */
  readonly cut: boolean;
  /** It is no JSON: something else than the service may have answered. */
  readonly foreign: boolean;
}

/** Sends one request through the fetch of the context, within the time limit, and reads the answer as JSON. */
export async function send(options: HttpSettings, request: Request, context: Context): Promise<Reply> {
  let { address } = request;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(options.timeoutMs)]);
    if (context.signal.aborted) return { is: 'broken', sent: false, reason: 'The call was cancelled.' };
    let response: Response;
    try {
      response = await context.fetch(address, { ...toInit(options, request), redirect: 'manual', signal });
    } catch (error) {
      return brokenBy(error, context);
    }
    const location = REDIRECTS.includes(response.status) ? response.headers.get('location') : null;
    if (location === null) return readReply(options, response);
    await response.body?.cancel();
    const next = URL.canParse(location, address) ? new URL(location, address) : null;
    const keepsMethod = request.method === 'GET' || response.status >= 307;
    if (next?.origin !== new URL(options.baseUrl).origin || !keepsMethod) return { is: 'elsewhere', location };
    address = next.href;
  }
  return { is: 'elsewhere', location: `${address} after ${MOST_REDIRECTS} redirects` };
}

function toInit(options: HttpSettings, request: Request): RequestInit {
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...options.headers,
    ...credentials(options.auth),
    ...request.headers,
  };
  if (request.body === undefined) return { method: request.method, headers };
  const form = request.body instanceof URLSearchParams;
  headers['content-type'] ??= form ? 'application/x-www-form-urlencoded' : 'application/json';
  return { method: request.method, headers, body: form ? String(request.body) : JSON.stringify(request.body) };
}

function credentials(auth: HttpSettings['auth']): Readonly<Record<string, string>> {
  if (!auth) return {};
  if ('bearer' in auth) return { authorization: `Bearer ${auth.bearer}` };
  if ('header' in auth) return { [auth.header]: auth.value };
  return { authorization: `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}` };
}

async function readReply(options: HttpSettings, response: Response): Promise<Reply> {
  const { status, headers } = response;
  const unreadable = (reason: string, why: { cut?: true; foreign?: true }): Reply => {
    return { is: 'unreadable', status, headers, reason, cut: why.cut ?? false, foreign: why.foreign ?? false };
  };
  let body: string | null;
  try {
    body = await readLimited(response, options.maxBytes);
  } catch (error) {
    return unreadable(`The answer was cut: ${describe(error)}.`, { cut: true });
  }
  if (body === null) return unreadable(`The answer is larger than ${options.maxBytes} bytes.`, {});
  if (body.trim() === '') return { is: 'answer', status, headers, body: undefined };
  try {
    return { is: 'answer', status, headers, body: options.parse?.(body) ?? (JSON.parse(body) as JsonValue) };
  } catch {
    // An error page of a proxy is HTML; its status says enough.
    if (status >= 400) return { is: 'answer', status, headers, body: undefined };
    return unreadable(`The answer is not JSON; it begins with ${JSON.stringify(body.slice(0, 60))}.`, {
      foreign: true,
    });
  }
}

function brokenBy(error: unknown, context: Context): Reply {
  if (context.signal.aborted) return { is: 'broken', sent: true, reason: 'The call was cancelled.' };
  const codes = causesOf(error).map((cause) => (cause as { code?: unknown }).code);
  const sent = !codes.some((code) => typeof code === 'string' && NEVER_SENT.some((known) => code.startsWith(known)));
  return { is: 'broken', sent, reason: `${describe(error)}.` };
}

function causesOf(error: unknown): object[] {
  if (typeof error !== 'object' || error === null) return [];
  const inner = 'errors' in error && Array.isArray(error.errors) ? error.errors.flatMap(causesOf) : [];
  return [error, ...inner, ...('cause' in error ? causesOf(error.cause) : [])];
}

function describe(error: unknown): string {
  const messages = causesOf(error).flatMap((cause) => (cause instanceof Error && cause.message ? [cause.message] : []));
  return [...new Set(messages)].join(': ') || 'no answer';
}

const MOST_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Failures before the first byte of a request leaves. */
const NEVER_SENT = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_',
  'SELF_SIGNED_CERT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_',
  'ERR_TLS_',
];
