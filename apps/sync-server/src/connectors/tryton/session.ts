import type { JsonValue } from '@datastores/core/schema';
import { type Context, SystemError } from '../connector.ts';
import { troubleOf } from '../model-rpc/answer.ts';
import { isObject } from '../model-rpc/results.ts';
import { type Reply, send } from '../rest/http-client.ts';
import type { ParsedOptions } from './options.ts';

/** Signed-in access to one database. A session ends by itself after a while of silence. */
export interface Session {
  /** Number of the signed-in user. */
  user(context: Context): Promise<number>;
  /** One call of a method; logs in where that is needed, and once more if the session has ended. */
  post(method: string, params: readonly JsonValue[], context: Context): Promise<Reply>;
}

/** Nothing is sent before the first call. */
export function createSession(options: ParsedOptions): Session {
  let current: Login | null = null;
  const login = async (context: Context): Promise<Login> => {
    current ??= await logIn(options, context);
    return current;
  };
  return {
    user: async (context) => (await login(context)).user,
    async post(method, params, context) {
      for (let tries = 0; ; tries += 1) {
        const used = await login(context);
        const reply = await postOnce(options, { method, params, authorization: used.authorization }, context);
        // It is refused before anything is done.
        const ended = reply.is === 'answer' && (reply.status === 401 || reply.status === 403);
        if (!ended || tries > 0) return reply;
        // Another call may have logged in meanwhile.
        if (current === used) current = null;
      }
    },
  };
}

interface Login {
  readonly user: number;
  readonly authorization: string;
}

interface Call {
  readonly method: string;
  readonly params: readonly JsonValue[];
  readonly authorization?: string;
}

/** Throws SystemError `auth` for a wrong password, and whatever else stands in the way. */
async function logIn(options: ParsedOptions, context: Context): Promise<Login> {
  const { user, password, context: given } = options;
  const language = given.language ?? null;
  const params = [user, { password }, language] as const;
  const reply = await postOnce(options, { method: 'common.db.login', params }, context);
  const trouble = troubleOf(reply, context);
  if (trouble?.is === 'failed') throw trouble.error;
  // A login that was not answered is none.
  if (trouble || reply.is !== 'answer') throw new SystemError('down', 'The login was not answered.');
  if (reply.status === 404) {
    throw new SystemError('down', `There is no database ${options.database}, or Tryton cannot reach it (404).`);
  }
  const session = reply.status === 200 ? sessionIn(reply.body) : null;
  if (session === null) throw new SystemError('auth', `Tryton refused the login of ${user} (status ${reply.status}).`);
  const [id, key] = session;
  return { user: id, authorization: `Session ${Buffer.from(`${user}:${id}:${key}`).toString('base64')}` };
}

function sessionIn(body: JsonValue | undefined): readonly [number, string] | null {
  const result = body !== undefined && isObject(body) ? body.result : undefined;
  if (!Array.isArray(result)) return null;
  const [id, key] = result as readonly JsonValue[];
  return typeof id === 'number' && typeof key === 'string' ? [id, key] : null;
}

function postOnce(options: ParsedOptions, call: Call, context: Context): Promise<Reply> {
  const { url, database, timeoutMs, maxBytes } = options;
  const http = { baseUrl: url, headers: {}, auth: undefined, timeoutMs, maxBytes };
  return send(
    http,
    {
      method: 'POST',
      address: `${url.replace(/\/+$/, '')}/${encodeURIComponent(database)}/`,
      headers: call.authorization === undefined ? {} : { authorization: call.authorization },
      // Tryton answers with errors in its own form only if there are exactly these three.
      body: { id: 1, method: call.method, params: call.params },
    },
    context,
  );
}
