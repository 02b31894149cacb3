import type { IncomingHttpHeaders } from 'node:http';
import type { ItemsTable, ServiceFields, ServiceItem } from './rest-items.ts';

/** A request to the service. */
export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** What the service answers. */
export interface RestReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The API: lists in every page style, guarded writes by ETag or version, repeats by idempotency key. */
export function answer(items: ItemsTable, request: RestRequest): RestReply {
  const { method } = request;
  const [, collection, id, action] = request.path.split('/');
  if (collection !== 'items') return refused(404, 'no such path');
  if (id === undefined) return method === 'GET' ? list(items, request.query) : create(items, request);
  const item = /^\d{1,15}$/.test(id) ? items.get(Number(id)) : null;
  if (!item) return refused(404, 'no such item');
  if (method === 'GET') return one(200, item);
  if (action === 'adjust') return adjust(items, request, item);
  const stale = isStale(request, item);
  if (stale) return refused(stale, 'the item has changed');
  if (method === 'DELETE') {
    items.remove(item.id);
    return { status: 204, headers: {} };
  }
  const { version: _, ...fields } = request.body as Record<string, unknown>;
  const complaint = complaintAbout(fields);
  if (complaint) return complaint;
  items.update(item.id, writable(fields));
  return one(200, items.get(item.id));
}

function list(items: ItemsTable, query: RestRequest['query']): RestReply {
  const limit = Number(query.limit ?? 50);
  const [stamp, after] = query.cursor === undefined ? [] : Buffer.from(query.cursor, 'base64url').toString().split('|');
  const since = stamp ?? query.since;
  const last = after ?? query.after;
  const page = query.page === undefined ? 0 : (Number(query.page) - 1) * limit;
  const found = items
    .list({
      ...(since !== undefined && { since }),
      ...(last !== undefined && { after: Number(last) }),
      limit: query.ref === undefined ? limit : 1_000_000,
      offset: page + Number(query.offset ?? 0),
    })
    .filter((item) => query.ref === undefined || item.external_ref === query.ref);
  const end = found.at(-1);
  const next = found.length === limit && end ? Buffer.from(`${end.updated_at}|${end.id}`).toString('base64url') : null;
  const link: Record<string, string> =
    next === null ? {} : { link: `</api/items?limit=${limit}&cursor=${next}>; rel="next"` };
  return { status: 200, headers: link, body: { data: { items: found }, next } };
}

function create(items: ItemsTable, request: RestRequest): RestReply {
  const key = request.headers['idempotency-key'];
  const earlier = typeof key === 'string' ? items.replay(key) : null;
  if (earlier !== null) return one(201, items.get(earlier));
  const fields = request.body as Record<string, unknown>;
  const complaint = complaintAbout(fields);
  if (complaint) return complaint;
  const taken = items.list({ limit: 1_000_000, offset: 0 }).some((item) => item.external_ref === fields.external_ref);
  if (items.uniqueRefs && taken && fields.external_ref !== undefined)
    return refused(409, 'the reference is taken', 'external_ref');
  const [id = 0] = items.insert([writable(fields)]);
  if (typeof key === 'string') items.remember(key, id);
  return one(201, items.get(id));
}

function adjust(items: ItemsTable, request: RestRequest, item: ServiceItem): RestReply {
  const key = request.headers['idempotency-key'];
  const { quantity } = request.body as { quantity: unknown };
  if (!Number.isInteger(quantity)) return refused(422, 'quantity must be a whole number', 'quantity');
  if (typeof key === 'string' && items.replay(key) !== null) return one(200, item);
  items.adjust(item.id, Number(quantity));
  if (typeof key === 'string') items.remember(key, item.id);
  return one(200, items.get(item.id));
}

function isStale(request: RestRequest, item: ServiceItem): number | null {
  const etag = request.headers['if-match'];
  if (etag !== undefined && etag !== `"${item.version}"`) return 412;
  const version = (request.body as { version?: number } | undefined)?.version ?? request.query.version;
  return version !== undefined && String(version) !== String(item.version) ? 409 : null;
}

function complaintAbout({ name, quantity }: Record<string, unknown>): RestReply | null {
  if (typeof name === 'string' && name.length > 20) return refused(422, 'name may have 20 characters', 'name');
  if (quantity !== undefined && !Number.isInteger(quantity))
    return refused(400, 'quantity must be a whole number', 'quantity');
  return null;
}

function writable(fields: Record<string, unknown>): ServiceFields {
  const known = ['name', 'quantity', 'external_ref'].filter((name) => name in fields);
  return Object.fromEntries(known.map((name) => [name, fields[name]])) as ServiceFields;
}

function one(status: number, item: ServiceItem | null): RestReply {
  if (!item) return refused(404, 'no such item');
  return { status, headers: { etag: `"${item.version}"` }, body: item };
}

function refused(status: number, message: string, field?: string): RestReply {
  return { status, headers: {}, body: { error: { message, field } } };
}
