import { type Context, SystemError } from '../connector.ts';
import { valueAt } from '../rest/dot-path.ts';
import { send } from '../rest/http-client.ts';
import { retryAfterMs } from '../rest/retry-after.ts';
import type { ParsedOptions } from './options.ts';

/** Access tokens by client credentials, each kept until shortly before it ends. */
export interface AccessTokens {
  /** Throws SystemError if none is to be had; nothing was then sent to the service. */
  get(context: Context): Promise<string>;
  /** The service did not take it. */
  forget(): void;
}

type ClientCredentials = Extract<NonNullable<ParsedOptions['auth']>, { tokenUrl: string }>;

/** Fetches nothing before the first call. */
export function createAccessTokens(
  auth: ClientCredentials,
  limits: Pick<ParsedOptions, 'timeoutMs' | 'maxBytes'>,
): AccessTokens {
  let kept: { readonly token: string; readonly until: number } | null = null;
  return {
    async get(context) {
      if (kept && context.now() < kept.until) return kept.token;
      kept = await fetchToken(auth, limits, context);
      return kept.token;
    },
    forget: () => {
      kept = null;
    },
  };
}

async function fetchToken(
  auth: ClientCredentials,
  limits: Pick<ParsedOptions, 'timeoutMs' | 'maxBytes'>,
  context: Context,
): Promise<{ token: string; until: number }> {
  const { clientId, clientSecret } = auth;
  const inForm = auth.credentials === 'form';
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(inForm && { client_id: clientId, client_secret: clientSecret }),
    ...(auth.scope !== undefined && { scope: auth.scope }),
    ...auth.parameters,
  });
  // RFC 6749 has both escaped before they are joined.
  const basic = { user: encodeURIComponent(clientId), password: encodeURIComponent(clientSecret) };
  const settings = { ...limits, baseUrl: auth.tokenUrl, headers: {}, auth: inForm ? undefined : basic };
  const asked = context.now();
  const reply = await send(settings, { method: 'POST', address: auth.tokenUrl, body: form }, context);
  if (reply.is === 'broken') throw new SystemError('down', `No answer of the token endpoint: ${reply.reason}`);
  if (reply.is === 'elsewhere')
    throw new SystemError('auth', `The token endpoint redirects to ${reply.location}; correct tokenUrl.`);
  if (reply.status === 429 || reply.status >= 500) {
    const afterMs = retryAfterMs(reply.headers.get('retry-after'), context.now());
    const kind = reply.status === 429 || reply.status === 503 ? 'throttled' : 'down';
    throw new SystemError(
      kind,
      `The token endpoint answers ${reply.status}.`,
      afterMs === undefined ? {} : { afterMs },
    );
  }
  const body = reply.is === 'answer' ? reply.body : undefined;
  const token = valueAt(body, 'access_token');
  if (reply.status >= 400 || typeof token !== 'string') {
    const said = [valueAt(body, 'error'), valueAt(body, 'error_description')]
      .filter((part) => typeof part === 'string')
      .join(': ');
    throw new SystemError(
      'auth',
      `The token endpoint gives no token (${reply.status} ${said}). Check clientId, clientSecret and scope.`,
    );
  }
  const seconds = Number(valueAt(body, 'expires_in') ?? USUAL_S);
  // Ends early, so that no request is under way with a token that has ended.
  return { token, until: asked + Math.max(0, Number.isFinite(seconds) ? seconds - MARGIN_S : 0) * 1_000 };
}

const USUAL_S = 300;
const MARGIN_S = 60;
