import type { Context } from '../connector.ts';
import { type HttpSettings, type Reply, type Request, send } from '../rest/http-client.ts';
import { createAccessTokens } from './access-token.ts';
import { createCsrfTokens, wantsToken } from './csrf.ts';
import { parseExactJson } from './exact-json.ts';
import type { ParsedOptions } from './options.ts';

/** The way to one service, with the tokens it handed out. */
export interface Client {
  /** Throws SystemError only where no access token is to be had, before the request is sent. */
  send(request: Request, context: Context): Promise<Reply>;
}

/** Sends nothing before the first call. */
export function createClient(options: ParsedOptions): Client {
  const { auth } = options;
  const tokens = auth && 'tokenUrl' in auth ? createAccessTokens(auth, options) : null;
  const settings: HttpSettings = {
    baseUrl: options.serviceRoot,
    headers: { accept: mediaType(options), 'odata-maxversion': '4.01', ...options.headers },
    auth: auth && 'tokenUrl' in auth ? undefined : auth,
    timeoutMs: options.timeoutMs,
    maxBytes: options.maxBytes,
    parse: parseExactJson,
  };
  const authorised = async (request: Request, context: Context): Promise<Reply> => {
    const ask = async () => {
      const bearer = tokens && { authorization: `Bearer ${await tokens.get(context)}` };
      return send(settings, { ...request, headers: { ...bearer, ...request.headers } }, context);
    };
    const reply = await ask();
    if (!tokens || reply.is !== 'answer' || reply.status !== 401) return reply;
    // It may have been withdrawn before its time. What is answered with 401 was not done.
    tokens.forget();
    return ask();
  };
  const csrf = options.csrf ? createCsrfTokens(rootOf(options), authorised) : null;
  return {
    async send(request, context) {
      if (request.method === 'GET') return authorised(request, context);
      const write = async () => {
        const headers = {
          'content-type': mediaType(options),
          'odata-version': '4.0',
          ...(await csrf?.headers(context)),
        };
        const { 'content-type': _, ...bare } = headers;
        return authorised(
          { ...request, headers: { ...(request.body === undefined ? bare : headers), ...request.headers } },
          context,
        );
      };
      const reply = await write();
      if (!csrf || !wantsToken(reply)) return reply;
      csrf.forget();
      return write();
    },
  };
}

/** The form of bodies, in both directions. */
export function mediaType({ numbers }: Pick<ParsedOptions, 'numbers'>): string {
  return numbers === 'text' ? 'application/json;IEEE754Compatible=true' : 'application/json';
}

/** The service root without its final slash. */
export function rootOf({ serviceRoot }: Pick<ParsedOptions, 'serviceRoot'>): string {
  return serviceRoot.replace(/\/+$/, '');
}
