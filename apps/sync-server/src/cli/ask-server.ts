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
  const url = urlOf(settings, options);
  return (await answers(url)) ? ask(terminal, settings, { ...options, url, path: '/status' }) : null;
}

/** What to ask an operator's route for. With a body it is a call that changes something. */
export interface OperatorCall extends AskOptions {
  readonly path: string;
  readonly body?: unknown;
}

/** Calls a route of a running server that is for operators. Throws what it answers with, SERVER_UNREACHABLE if none does. */
export async function askOperator<Answer>(terminal: Terminal, settings: Settings, call: OperatorCall): Promise<Answer> {
  const url = urlOf(settings, call);
  if (await answers(url)) return ask(terminal, settings, { ...call, url });
  throw new DatastoreError('SERVER_UNREACHABLE', `No sync server answers at ${url}.`, {
    remedy: 'Start it with `datastores serve`, or name another with --url.',
  });
}

/** Where the server is asked for. */
function urlOf({ server }: Settings, { url }: AskOptions): string {
  return url ?? addressOf(server.host, server.port);
}

async function ask<Answer>(
  terminal: Terminal,
  settings: Settings,
  { url, path, body, token: given }: OperatorCall & { readonly url: string },
): Promise<Answer> {
  const token = given ?? terminal.environment['DATASTORES_TOKEN'] ?? (await ownToken(terminal, settings));
  const authorization = `Bearer ${token}`;
  const response = await fetch(`${url}${path}`, {
    ...(body === undefined
      ? { headers: { authorization } }
      : {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
    signal: AbortSignal.timeout(body === undefined ? ANSWER_MS : CHANGE_MS),
  });
  const answer = (await response.json()) as { error?: unknown };
  if (response.ok) return answer as Answer;
  throw fromWireError(answer.error) ?? new DatastoreError('SERVER_FAILED', `${url} answered with ${response.status}.`);
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
