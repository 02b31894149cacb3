import { type Connector, type Context, type Stream, SystemError, type Traits } from '../connector.ts';
import { createClient } from './client.ts';
import { readCollection } from './collection.ts';
import { readDelta } from './delta-changes.ts';
import { findWrite } from './find.ts';
import { getRecords } from './get-records.ts';
import { type ODataOptions, parseOptions, type StreamOptions } from './options.ts';
import { pushWrites } from './push.ts';
import { scanRecords } from './scan.ts';
import { addressOf, type Connection, createService } from './service.ts';
import { readStamped } from './stamp-changes.ts';

export type { ODataOptions } from './options.ts';

/**
 * An OData v4 service: entity sets as streams, changes by delta link or by stamp and key, guarded writes alone or in JSON
 * batches. Throws CONFIG_INVALID or BINDING_INVALID for options that contradict themselves. All requests go through the
 * fetch of the context, to the service and the declared token endpoint alone.
 */
export function odata(options: ODataOptions): Connector {
  const parsed = parseOptions(options);
  const connection = { options: parsed, client: createClient(parsed) };
  const streams = Object.entries(parsed.streams).map(([name, of]) => [name, createStream(connection, of)] as const);
  return {
    kind: 'odata',
    streams: Object.fromEntries(streams),
    check: (context) => check(connection, context),
    close: async () => {},
  };
}

function createStream(connection: Connection, of: StreamOptions): Stream {
  const service = (context: Context) => createService(connection, of, context);
  const { create, update, delete: remove, changes, ref } = of;
  const read = changes?.by === 'delta' ? readDelta : readStamped;
  return {
    traits: traitsOf(connection, of),
    get: (keys, context) => getRecords(service(context), keys),
    scan: (after, context) => scanRecords(service(context), after),
    ...(changes && { changes: (cursor, context) => read(service(context), cursor) }),
    ...((create || update || remove) && { push: (writes, context) => pushWrites(service(context), writes) }),
    // Without a reference nobody can say that a create did not land.
    ...((ref !== undefined || !create) && { find: (write, context) => findWrite(service(context), write) }),
  };
}

function traitsOf({ options }: Connection, { changes, repeatable, ref, guard }: StreamOptions): Traits {
  const { batch } = options;
  const byStamp = changes?.by === 'stamp';
  const showsDeletions = changes?.by === 'delta' || (byStamp && changes.tombstone !== undefined);
  return {
    order: changes ? (byStamp ? 'time' : 'commit') : 'none',
    ...(byStamp && { overlapMs: changes.overlapMs }),
    deletes: showsDeletions ? 'feed' : 'none',
    creates: repeatable ? 'idempotent' : ref === undefined ? 'unsafe' : 'findable',
    guarded: guard,
    adds: false,
    batch: batch ? { max: batch.max, fails: batch.changeSet ? 'all' : 'each' } : { max: 50, fails: 'each' },
  };
}

/** Reads one record: the service document is often open to everybody. */
async function check(connection: Connection, context: Context): Promise<void> {
  const [first] = Object.values(connection.options.streams);
  if (!first) throw new SystemError('shape', 'The connector has no streams.');
  const service = createService(connection, { ...first, expand: [] }, context);
  await readCollection(service, addressOf(service, { $filter: first.filter, $top: 1 }));
}
