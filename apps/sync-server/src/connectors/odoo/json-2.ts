import { clockOf, failed, troubleOf, unknown } from '../model-rpc/answer.ts';
import { isObject } from '../model-rpc/results.ts';
import { send } from '../rest/http-client.ts';
import type { OdooApi, OdooCall } from './call.ts';
import { errorOf, textIn } from './error.ts';
import type { ParsedOptions } from './options.ts';

/** The JSON-2 API of Odoo 19: an address for each method, errors by status. */
export function createJson2(options: ParsedOptions): OdooApi {
  const { url, apiKey, database, timeoutMs, maxBytes } = options;
  const headers = database === undefined ? {} : { 'x-odoo-database': database };
  const http = { baseUrl: url, headers, auth: { bearer: apiKey }, timeoutMs, maxBytes };
  return async (call, context) => {
    const reply = await send(http, toRequest(options, call), context);
    const trouble = troubleOf(reply, context);
    if (trouble || reply.is !== 'answer') return trouble ?? unknown('No answer.', 'down');
    const { status, body, headers: given } = reply;
    if (status === 200) return { is: 'result', result: body ?? null, clock: clockOf(given) };
    const told = body !== undefined && isObject(body) ? body : {};
    const [name, message] = [textIn(told.name), textIn(told.message)];
    if (status === 401) return failed('auth', `Odoo refused the API key: ${message || 'status 401'}`);
    if (name === '' && status >= 500) return unknown(`Status ${status}.`, 'down');
    if (name === '') return failed('shape', `Status ${status} from ${url}/json/2, which is not Odoo 19's.`);
    // A model or method that is not there is an error of the address, not of a record.
    if (status === 404 && !name.endsWith('MissingError')) return failed('shape', message);
    return errorOf(name, message);
  };
}

function toRequest({ url, context }: ParsedOptions, call: OdooCall) {
  const { model, method, ids, positional, named } = call;
  return {
    method: 'POST',
    address: `${url.replace(/\/+$/, '')}/json/2/${encodeURIComponent(model)}/${encodeURIComponent(method)}`,
    body: { ...(ids && { ids }), ...positional, ...named, context: contextOf(context) },
  };
}

/**
 * Archived records are there, and must not be taken for deleted; files come as they are and not as their size; times in an
 * import are UTC.
 */
export function contextOf(context: ParsedOptions['context']): ParsedOptions['context'] {
  return { ...context, active_test: false, bin_size: false, tz: 'UTC' };
}
