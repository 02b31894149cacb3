import type { Connector, Context, Stream, Traits } from '../connector.ts';
import { readChanges } from './changes.ts';
import { createClient } from './client.ts';
import { single } from './compose.ts';
import { parseDocument } from './document.ts';
import { findWrite } from './find.ts';
import { getRecords } from './get-records.ts';
import { type GraphqlOptions, parseOptions, type StreamOptions } from './options.ts';
import { pushWrites } from './push.ts';
import { completeData } from './read-error.ts';
import { readList } from './read-page.ts';
import { scanRecords } from './scan.ts';
import { createHandle, type StreamHandle } from './service.ts';

export type { GraphqlOptions } from './options.ts';

/**
 * A GraphQL service, described by the documents that read and write it: lists by connection or keyset, point reads, and
 * mutations, several in one request. It keeps to the cost budget that the service tells of. Throws CONFIG_INVALID or
 * BINDING_INVALID for options that contradict themselves. All requests go through the fetch of the context.
 */
export function graphql(options: GraphqlOptions): Connector {
  const parsed = parseOptions(options);
  const client = createClient(parsed);
  const handles = Object.entries(parsed.streams).map(([name, stream]) =>
    createHandle(name, stream, { options: parsed, client }),
  );
  return {
    kind: 'graphql',
    streams: Object.fromEntries(handles.map((handle) => [handle.name, createStream(handle)])),
    async check(context) {
      const [first] = handles;
      if (first) await check(first, context);
    },
    close: async () => {},
  };
}

function createStream(handle: StreamHandle): Stream {
  const { stream } = handle;
  const service = (context: Context) => ({ ...handle, context });
  return {
    traits: traitsOf(stream),
    get: (keys, context) => getRecords(service(context), keys),
    scan: (after, context) => scanRecords(service(context), after),
    find: (write, context) => findWrite(service(context), write),
    ...(stream.list.since && { changes: (cursor, context) => readChanges(service(context), cursor) }),
    ...(Object.keys(stream.writes).length > 0 && { push: (writes, context) => pushWrites(service(context), writes) }),
  };
}

function traitsOf({ list: { since }, writes, ref, tombstone, batch }: StreamOptions): Traits {
  return {
    order: since ? 'time' : 'none',
    ...(since && { overlapMs: since.overlapMs }),
    deletes: since && tombstone ? 'feed' : 'none',
    creates: writes.create?.idempotent ? 'idempotent' : ref ? 'findable' : 'unsafe',
    guarded: (writes.update ?? writes.delete)?.guarded ?? false,
    adds: writes.add !== undefined,
    batch: { max: batch, fails: 'each' },
  };
}

async function check({ name, options, stream, client, widths }: StreamHandle, context: Context): Promise<void> {
  if (options.check === undefined) {
    await readList({ name, options, stream, client, widths, context }, stream.list, { kind: 'list', values: {} });
    return;
  }
  const request = single({ document: parseDocument(options.check), variables: {} });
  completeData(await client.ask(request, { kind: 'check', width: 1 }, context), options.codes);
}
