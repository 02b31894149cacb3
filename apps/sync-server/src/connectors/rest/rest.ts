import type { Connector, Context, Outcome, Stream, Traits, Write } from '../connector.ts';
import { pushInOrder } from '../push-in-order.ts';
import { addressOf } from './address.ts';
import { readChanges } from './changes.ts';
import { findWrite } from './find.ts';
import { getRecords } from './get-records.ts';
import { send } from './http-client.ts';
import { type ParsedOptions, parseOptions, type RestOptions, type StreamOptions } from './options.ts';
import { scanRecords } from './scan.ts';
import { createService, type Service } from './service.ts';
import { readError, verdictOf } from './verdict.ts';
import { writeOne } from './write-one.ts';

export type { RestOptions } from './options.ts';

/**
 * A service that speaks JSON over HTTP, described by options: where its lists are, how they page, how writes are guarded
 * and repeated. Throws CONFIG_INVALID or BINDING_INVALID for options that contradict themselves. All requests go through
 * the fetch of the context, to the declared host alone.
 */
export function rest(options: RestOptions): Connector {
  const parsed = parseOptions(options);
  const streams = Object.entries(parsed.streams).map(([name, of]) => [name, createStream(parsed, of)] as const);
  return {
    kind: 'rest',
    streams: Object.fromEntries(streams),
    check: (context) => check(parsed, context),
    close: async () => {},
  };
}

function createStream(options: ParsedOptions, of: StreamOptions): Stream {
  const service = (context: Context) => createService(options, of, context);
  const { create, update, delete: remove, adds } = of;
  const stream: Stream = {
    traits: traitsOf(of),
    get: (keys, context) => getRecords(service(context), keys),
    scan: (after, context) => scanRecords(service(context), after),
    find: (write, context) => findWrite(service(context), write),
  };
  return {
    ...stream,
    ...(of.list.since && { changes: (cursor, context) => readChanges(service(context), cursor) }),
    ...((create ?? update ?? remove ?? adds) && {
      push: (writes, context) => pushWrites(service(context), writes),
    }),
  };
}

function traitsOf(of: StreamOptions): Traits {
  const { since } = of.list;
  return {
    order: since ? 'time' : 'none',
    ...(since && { overlapMs: since.overlapMs }),
    deletes: since && of.tombstone ? 'feed' : 'none',
    creates: of.idempotencyHeader ? 'idempotent' : of.ref ? 'findable' : 'unsafe',
    guarded: of.guard !== undefined,
    adds: of.adds !== undefined,
    batch: { max: 50, fails: 'each' },
  };
}

async function check(options: ParsedOptions, context: Context): Promise<void> {
  const [first] = Object.values(options.streams);
  const { path = '/', list } = first ?? {};
  const params = { ...list?.query, ...(list?.size && { [list.size.param]: '1' }) };
  const address = options.checkPath
    ? addressOf(options.baseUrl, options.checkPath)
    : addressOf(options.baseUrl, list?.path ?? path, params);
  const reply = await send(options, { method: 'GET', address }, context);
  const fine = reply.is === 'answer' && verdictOf(options, reply.status) === 'ok';
  if (!fine) throw readError(options, reply, context);
}

function pushWrites(service: Service, writes: readonly Write[]): Promise<Outcome[]> {
  return pushInOrder(writes, (write) => writeOne(service, write));
}
