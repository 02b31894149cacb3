import { Refusal } from '../refusal.ts';
import type { EntitySet } from './entity-set.ts';

/** A request, alone or in a batch. */
export interface ODataRequest {
  readonly method: string;
  /** Behind the service root, escaped, e.g. `Artikel('A-1')`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
}

/** What is answered. */
export interface ODataReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Answers one request; a refusal is an answer in the form of an OData error. */
export function answerOData(sets: readonly EntitySet[], request: ODataRequest): ODataReply {
  try {
    return route(sets, request);
  } catch (error) {
    if (error instanceof Refusal) return refusal(error);
    throw error;
  }
}

/** A refusal as an OData error. */
export function refusal({ status, message, field }: Refusal): ODataReply {
  const target = field === undefined ? {} : { target: field };
  return { status, headers: {}, body: { error: { code: String(status), message, ...target } } };
}

function route(sets: readonly EntitySet[], request: ODataRequest): ODataReply {
  const [path = '', search = ''] = request.path.split('?');
  const { method, headers } = request;
  if (path === '') {
    const value = sets.map(({ name }) => ({ name, kind: 'EntitySet', url: name }));
    return { status: 200, headers: {}, body: { '@odata.context': '$metadata', value } };
  }
  const [, name, predicate] = /^(\w+)(?:\((.*)\))?$/.exec(decoded(path)) ?? [];
  const set = sets.find((one) => one.name === name);
  if (set === undefined) throw new Refusal(404, `There is nothing at ${path}.`);
  if (predicate === undefined) {
    if (method !== 'GET') throw new Refusal(405, `${set.name} takes no new records.`);
    const { value, next } = set.list(queryOf(search));
    const link = next === null ? {} : { '@odata.nextLink': linkTo(set, search, next) };
    return { status: 200, headers: {}, body: { '@odata.context': `$metadata#${set.name}`, value, ...link } };
  }
  if (!/^'(?:[^']|'')*'$/.test(predicate)) throw new Refusal(400, `${predicate} is no key: put it in quotes.`);
  const key = predicate.slice(1, -1).replaceAll("''", "'");
  const ifMatch = headers['if-match'];
  if (method === 'DELETE') {
    set.remove(key, ifMatch);
    return { status: 204, headers: {} };
  }
  if (method !== 'GET' && method !== 'PATCH') throw new Refusal(405, `${method} is not offered here.`);
  const { etag, record } = method === 'GET' ? set.read(key) : set.change(key, ifMatch, request.body);
  const minimal = method === 'PATCH' && headers.prefer?.includes('return=minimal') === true;
  return minimal ? { status: 204, headers: { etag } } : { status: 200, headers: { etag }, body: record };
}

function queryOf(search: string): Record<string, string> {
  const parts = search.split('&').filter((part) => part !== '');
  return Object.fromEntries(parts.map((part) => part.split('=', 2).map(decoded)));
}

function linkTo({ name }: EntitySet, search: string, token: string): string {
  const others = search.split('&').filter((part) => part !== '' && !part.startsWith('$skiptoken='));
  return `${name}?${[...others, `$skiptoken=${token}`].join('&')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal(400, `${text} is not escaped as an address should be.`);
  }
}
