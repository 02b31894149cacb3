import type { JsonValue } from '@datastores/core/schema';
import { SystemError } from '../connector.ts';
import { createCircleGuard } from '../rest/circle-guard.ts';
import { readError, verdictOf } from '../rest/verdict.ts';
import { annotationOf, objectOf, type RawRecord } from './record.ts';
import type { Service } from './service.ts';

/** One answer of a set. */
export interface Collection {
  readonly records: readonly RawRecord[];
  /** Path of the next page; undefined: this was the last one. */
  readonly next: string | undefined;
  /** Path that tells what changed since this reading. */
  readonly delta: string | undefined;
  /** Clock of the service as it answered, milliseconds since 1970; undefined where it does not tell. */
  readonly date: number | undefined;
}

/** How a page is asked for. */
export interface ReadOptions {
  /** The Prefer header. */
  readonly prefer?: string;
  /** The address is a link that was kept in a cursor. */
  readonly resumes?: boolean;
}

/** Reads one page, its child lists complete. A link of an earlier page that the service forgot is `cursor-lost`. */
export async function readCollection(
  service: Service,
  address: string,
  { prefer, resumes }: ReadOptions = {},
): Promise<Collection> {
  const reply = await service.send({ method: 'GET', address, ...(prefer && { headers: { prefer } }) });
  if (resumes && reply.is === 'answer' && (reply.status === 410 || reply.status === 404)) {
    throw new SystemError('cursor-lost', `The service has forgotten this link (${reply.status}).`);
  }
  if (reply.is !== 'answer' || verdictOf(service.options, reply.status) !== 'ok') {
    throw readError(service.options, reply, service.context);
  }
  const body = objectOf(reply.body, `The answer of ${service.stream.set}`);
  if (!Array.isArray(body.value)) {
    throw new SystemError('shape', `The answer of ${service.stream.set} has no list of records; correct the set.`);
  }
  // Relative links begin where the context of the answer is, if it has one.
  const context = annotationOf(body, 'context');
  const base = typeof context === 'string' && URL.canParse(context, address) ? new URL(context, address).href : address;
  const records: RawRecord[] = [];
  for (const record of body.value) records.push(await withWholeLists(service, record as JsonValue, base));
  const date = Date.parse(reply.headers.get('date') ?? '');
  return {
    records,
    next: linkOf(service, annotationOf(body, 'nextLink'), base),
    delta: linkOf(service, annotationOf(body, 'deltaLink'), base),
    date: Number.isNaN(date) ? undefined : date,
  };
}

/** Follows next links to the end. */
export async function* readLinked(
  service: Service,
  address: string,
  options?: ReadOptions,
): AsyncGenerator<Collection> {
  const goesOn = createCircleGuard();
  for (let at: string | undefined = address; at !== undefined; ) {
    const page: Collection = await readCollection(service, at, options);
    yield page;
    if (page.next === undefined) return;
    goesOn(page.next);
    at = absolute(service, page.next);
  }
}

/** The address of a path that {@link Collection} or a cursor holds. Throws if it leads to another host. */
export function absolute({ options }: Service, path: string): string {
  const { origin } = new URL(options.serviceRoot);
  const url = URL.canParse(path, origin) ? new URL(path, origin) : null;
  if (url?.origin === origin) return url.href;
  throw new SystemError('shape', `The link ${path} leads away from ${origin} and is not followed.`);
}

/** Kept without the host, so that a cursor outlives a service that moves. */
function linkOf(service: Service, link: JsonValue | undefined, base: string): string | undefined {
  if (typeof link !== 'string' || link === '') return undefined;
  const { origin } = new URL(service.options.serviceRoot);
  const url = URL.canParse(link, base) ? new URL(link, base) : null;
  if (url?.origin === origin) return `${url.pathname}${url.search}`;
  const where = url?.origin ?? link;
  throw new SystemError('shape', `A link of the service leads to ${where} instead of ${origin} and is not followed.`);
}

/** A service may send long child lists in parts, too. A list that ends early would look like deleted children. */
async function withWholeLists(service: Service, record: JsonValue, base: string): Promise<RawRecord> {
  const raw = objectOf(record, `A record of ${service.stream.set}`);
  const open = Object.entries(raw).filter(([name]) => /.@(?:odata\.)?nextLink$/.test(name));
  if (open.length === 0) return raw;
  const whole: Record<string, JsonValue> = { ...raw };
  for (const [name, link] of open) {
    const list = name.slice(0, name.indexOf('@'));
    const rows: JsonValue[] = Array.isArray(whole[list]) ? [...(whole[list] as JsonValue[])] : [];
    const path = linkOf(service, link, base);
    if (path === undefined) continue;
    for await (const page of readLinked(service, absolute(service, path))) rows.push(...page.records);
    whole[list] = rows;
  }
  return whole;
}
