import type { JsonValue } from '@datastores/core/schema';
import { type Item, SystemError } from '../connector.ts';
import { addressOf, type Params } from './address.ts';
import { valueAt } from './dot-path.ts';
import type { Reply } from './http-client.ts';
import { toItem } from './record.ts';
import type { Service } from './service.ts';
import { readError, verdictOf } from './verdict.ts';

/** Where a list goes on; JSON, kept in cursors. Null: at its beginning. */
export type Position =
  | string
  | number
  | { readonly stamp: string | number | null; readonly key: string; readonly skip: number }
  | null;

/** One page of a list. */
export interface ListPage {
  readonly items: readonly Item[];
  /** Undefined: this was the last page. */
  readonly next: Position | undefined;
  /** Clock of the service as it answered, milliseconds since 1970; undefined where it does not tell. */
  readonly date: number | undefined;
}

/** Reads one page of a list. `from` asks for records that changed since, in the form that the service takes. */
export async function readPage(service: Service, at: Position, from: JsonValue): Promise<ListPage> {
  const { list, path } = service.stream;
  const { options } = service;
  const linked = list.page?.style === 'link' && typeof at === 'string';
  const address = linked
    ? new URL(at, options.baseUrl).href
    : addressOf(options.baseUrl, list.path ?? path, paramsOf(service, at, from));
  if (new URL(address).origin !== new URL(options.baseUrl).origin) {
    throw new SystemError('shape', `The next page is on another host (${new URL(address).host}) and is not asked for.`);
  }
  const reply = await service.send({ method: 'GET', address });
  if (reply.is === 'answer' && reply.status === 410 && at !== null) {
    throw new SystemError('cursor-lost', 'The service has forgotten where the list was (410).');
  }
  if (reply.is !== 'answer' || verdictOf(options, reply.status) !== 'ok') {
    throw readError(options, reply, service.context);
  }
  const items = itemsOf(service, reply.body);
  const date = Date.parse(reply.headers.get('date') ?? '');
  return { items, next: nextOf(service, reply, { at, items }), date: Number.isNaN(date) ? undefined : date };
}

/** The records in the answer of a list. */
export function itemsOf(service: Service, body: JsonValue | undefined): Item[] {
  const { path, list } = service.stream;
  const records = list.itemsAt === undefined ? body : valueAt(body, list.itemsAt);
  if (Array.isArray(records)) return records.map((record: JsonValue) => toItem(service.stream, record));
  throw new SystemError(
    'shape',
    `The answer of ${list.path ?? path} has no list${list.itemsAt ? ` at ${list.itemsAt}` : ''}.`,
  );
}

function paramsOf(service: Service, at: Position, from: JsonValue): Params {
  const { page, since, size, query } = service.stream.list;
  const params: Record<string, string> = { ...query };
  if (size) params[size.param] = String(size.value);
  const position = typeof at === 'object' ? at : null;
  const start = position?.stamp ?? from;
  if (since && start !== null) params[since.param] = String(start);
  if (!page || page.style === 'link') return params;
  if (page.style === 'keyset') {
    if (position) params[page.param] = position.key;
  } else if (page.style === 'offset') {
    params[page.param] = String(position?.skip ?? at ?? 0);
  } else if (page.style === 'page') {
    params[page.param] = String(page.first + Number(position?.skip ?? at ?? 0));
  } else if (at !== null) {
    params[page.param] = String(at);
  }
  return params;
}

function nextOf(
  service: Service,
  reply: Extract<Reply, { is: 'answer' }>,
  read: { readonly at: Position; readonly items: readonly Item[] },
): Position | undefined {
  const { page, since } = service.stream.list;
  const last = read.items.at(-1);
  if (page?.style === 'cursor') {
    const token = valueAt(reply.body, page.nextAt);
    return typeof token === 'string' || typeof token === 'number' ? token : undefined;
  }
  if (page?.style === 'link') return nextLink(service, reply, page.nextAt);
  // No service is trusted to fill its pages: only an empty one is the last.
  if (!page || !last) return undefined;
  const found = since && valueAt(last.data as JsonValue, since.field);
  const stamp = typeof found === 'string' || typeof found === 'number' ? found : null;
  if (page.style === 'keyset') return { stamp, key: last.key, skip: 0 };
  const step = page.style === 'page' ? 1 : read.items.length;
  const position = typeof read.at === 'object' ? read.at : null;
  if (!since?.ascending || stamp === null) return Number(position?.skip ?? read.at ?? 0) + step;
  // Numbers of pages shift when records move behind them; a stamp does not. They count only among equal stamps.
  const still = position !== null && position.stamp === stamp;
  return { stamp, key: last.key, skip: still ? position.skip + step : 0 };
}

function nextLink(
  service: Service,
  reply: Extract<Reply, { is: 'answer' }>,
  nextAt: string | undefined,
): string | undefined {
  const header = reply.headers.get('link')?.match(/<([^>]*)>[^,]*;\s*rel="?next"?/i)?.[1];
  const link = nextAt === undefined ? header : valueAt(reply.body, nextAt);
  if (typeof link !== 'string' || link === '') return undefined;
  const base = `${service.options.baseUrl.replace(/\/+$/, '')}${service.stream.list.path ?? service.stream.path}`;
  if (URL.canParse(link, base)) {
    const next = new URL(link, base);
    // Kept without the host, so that a cursor outlives a service that moves.
    return next.origin === new URL(service.options.baseUrl).origin ? `${next.pathname}${next.search}` : next.href;
  }
  throw new SystemError('shape', `The link to the next page is no address: ${link}.`);
}
