import type { Context } from '../connector.ts';
import type { Reply, Request } from '../rest/http-client.ts';

/** The token by which a gateway knows that a write comes from who logged in, with the session it belongs to. */
export interface CsrfTokens {
  /** The headers of a write. Empty if the gateway hands out no token: then its answer to the write says why. */
  headers(context: Context): Promise<Readonly<Record<string, string>>>;
  forget(): void;
}

/** Asks the service root for a token with the first write. */
export function createCsrfTokens(
  root: string,
  send: (request: Request, context: Context) => Promise<Reply>,
): CsrfTokens {
  let kept: Readonly<Record<string, string>> | null = null;
  return {
    async headers(context) {
      if (kept) return kept;
      const reply = await send({ method: 'GET', address: `${root}/`, headers: { 'x-csrf-token': 'fetch' } }, context);
      if (reply.is !== 'answer' && reply.is !== 'unreadable') return {};
      const token = reply.headers.get('x-csrf-token');
      if (token === null || isRequired(token)) return {};
      const cookies = reply.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
      kept = { 'x-csrf-token': token, ...(cookies.length > 0 && { cookie: cookies.join('; ') }) };
      return kept;
    },
    forget: () => {
      kept = null;
    },
  };
}

/** The gateway refused a write because its token has ended; it did nothing. */
export function wantsToken(reply: Reply): boolean {
  return reply.is === 'answer' && reply.status === 403 && isRequired(reply.headers.get('x-csrf-token') ?? '');
}

function isRequired(token: string): boolean {
  return token.toLowerCase() === 'required';
}
