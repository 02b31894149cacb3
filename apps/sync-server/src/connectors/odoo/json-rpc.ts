import type { JsonValue } from '@datastores/core/schema';
import { type Context, SystemError } from '../connector.ts';
import { type Answer, clockOf, failed, resultOf, troubleOf, unknown } from '../model-rpc/answer.ts';
import { isObject } from '../model-rpc/results.ts';
import { send } from '../rest/http-client.ts';
import type { OdooApi } from './call.ts';
import { errorOf, textIn } from './error.ts';
import { contextOf } from './json-2.ts';
import type { ParsedOptions } from './options.ts';

/** The JSON-RPC of Odoo before 19: one address, user and key with every call, errors inside of answers with status 200. */
export function createJsonRpc(options: ParsedOptions): OdooApi {
  const { database = '', user = '', apiKey } = options;
  let uid: number | null = null;
  const logIn = async (context: Context): Promise<number> => {
    const args = [database, user, apiKey, {}];
    const result = resultOf(await ask(options, { service: 'common', method: 'authenticate', args }, context), 'login');
    if (typeof result === 'number') return result;
    throw new SystemError('auth', `Odoo refused the login of ${user} in ${database}.`);
  };
  return async ({ model, method, ids, positional = {}, named = {} }, context) => {
    try {
      uid ??= await logIn(context);
    } catch (error) {
      if (error instanceof SystemError) return { is: 'failed', error };
      throw error;
    }
    const byPlace = [...(ids ? [ids] : []), ...Object.values(positional)];
    const byName = { ...named, context: contextOf(options.context) };
    const args = [database, uid, apiKey, model, method, byPlace, byName];
    const answer = await ask(options, { service: 'object', method: 'execute_kw', args }, context);
    // The user may have been replaced; the next call asks for it again.
    if (answer.is === 'failed' && answer.error.kind === 'auth') uid = null;
    return answer;
  };
}

interface Asked {
  readonly service: string;
  readonly method: string;
  readonly args: readonly JsonValue[];
}

async function ask(options: ParsedOptions, params: Asked, context: Context): Promise<Answer> {
  const { url, timeoutMs, maxBytes } = options;
  const http = { baseUrl: url, headers: {}, auth: undefined, timeoutMs, maxBytes };
  const body = { jsonrpc: '2.0', method: 'call', id: 1, params: { ...params } };
  const address = `${url.replace(/\/+$/, '')}/jsonrpc`;
  const reply = await send(http, { method: 'POST', address, body }, context);
  const trouble = troubleOf(reply, context);
  if (trouble || reply.is !== 'answer') return trouble ?? unknown('No answer.', 'down');
  const { status, body: told } = reply;
  if (told === undefined || !isObject(told) || told.jsonrpc !== '2.0') {
    if (status === 401 || status === 403) return failed('auth', `Status ${status} from ${address}.`);
    if (status >= 500) return unknown(`Status ${status}.`, 'down');
    if (status >= 400) return failed('shape', `Status ${status} from ${address}, which is not Odoo's.`);
    return unknown(`${address} did not answer in JSON-RPC.`, 'shape');
  }
  const { error, result } = told;
  // An answer without a result is one with None.
  if (error === undefined) return { is: 'result', result: result ?? null, clock: clockOf(reply.headers) };
  const data = isObject(error) && error.data !== undefined && isObject(error.data) ? error.data : {};
  const message = textIn(data.message) || (isObject(error) ? textIn(error.message) : textIn(error));
  return errorOf(textIn(data.name), message);
}
