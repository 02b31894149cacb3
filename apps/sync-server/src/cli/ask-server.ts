import { DatastoreError } from '@datastores/core';
import { fromWireError } from '@datastores/core/protocol';
import type { Settings } from '../config/resolve.ts';
import { readDevelopmentSecret, signToken } from '../http/development-token.ts';
import { addressOf } from '../server/address.ts';
import type { ServerStatus } from '../server/server.ts';
import type { Terminal } from './terminal.ts';

/** How long a running server may take to answer. */
const ANSWER_MS = 5_000;

/** The same where it has to wait for an external system, and for what it is doing with it. */
const CHANGE_MS = 120_000;

/** Where to ask and as whom. */
export interface AskOptions {
  /** Default: where the configuration says that the server listens. */
  readonly url?: string;
  /** Default: `DATASTORES_TOKEN`, or one made with the secret of the configuration. */
  readonly token?: string;
}

/** The status of a running server, or null if none answers. Throws TOKEN_INVALID, TOKEN_EXPIRED or FORBIDDEN. */
export async function askStatus(
  terminal: Terminal,
  settings: Settings,
  options: AskOptions,
): Promise<ServerStatus | null> {
  const ask = await findServer(terminal, settings, options);
  return ask === null ? null : ask<ServerStatus>('/status');
}

/** Asks a route of a running server that is for operators; with a body it is posted. Throws what the server refuses it with. */
export type AskServer = <Answer>(path: string, body?: object) => Promise<Answer>;

/** A way to ask a running server. Throws SERVER_UNREACHABLE if none answers, TOKEN_INVALID where there is no token. */
export async function reachServer(terminal: Terminal, settings: Settings, options: AskOptions): Promise<AskServer> {
  const ask = await findServer(terminal, settings, options);
  if (ask !== null) return ask;
  throw new DatastoreError('SERVER_UNREACHABLE', `No sync server answers at ${urlOf(settings, options)}.`, {
    remedy: 'Start it with `datastores serve`, or name another with --url.',
  });
}

/** Null if no server answers. */
async function findServer(terminal: Terminal, settings: Settings, options: AskOptions): Promise<AskServer | null> {
  const url = urlOf(settings, options);
  if (!(await answers(url))) return null;
  const token = options.token ?? terminal.environment['DATASTORES_TOKEN'] ?? (await ownToken(terminal, settings));
  return async <Answer>(path: string, body?: object) => {
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(body ? CHANGE_MS : ANSWER_MS),
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { error?: unknown };
    if (response.ok) return answer as Answer;
    throw (
      fromWireError(answer.error) ?? new DatastoreError('SERVER_FAILED', `${url} answered with ${response.status}.`)
    );
  };
}

/** Where the server is asked for. */
function urlOf({ server }: Settings, { url }: AskOptions): string {
  return url ?? addressOf(server.host, server.port);
}

/** True if a sync server answers there. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return response.ok && ((await response.json()) as { live?: unknown }).live === true;
  } catch {
    return false;
  }
}

async function ownToken(terminal: Terminal, { auth, dataFolder }: Settings): Promise<string> {
  const secret = auth.secret ?? (auth.developmentTokens ? readDevelopmentSecret(dataFolder) : null);
  if (secret === null) {
    throw new DatastoreError('TOKEN_INVALID', 'The server asks for a token with the role "admin".', {
      remedy: 'Give one with --token or DATASTORES_TOKEN.',
    });
  }
  const { issuer, audience } = auth;
  const claims = { subject: 'datastores-cli', scopes: ['main'], roles: ['admin'], ttlMs: 60_000, issuer, audience };
  return signToken(secret, claims, terminal.clock);
}
