import type { Datastore } from '@datastores/core/schema';
import type { Connector, Context, Stream } from '../connector.ts';
import { landed } from '../landed.ts';
import { readChanges } from './changes.ts';
import { getRecords } from './get-records.ts';
import { asked, openLine } from './line.ts';
import { listenToPokes } from './listen.ts';
import { idOf } from './make-row.ts';
import { type ParsedOptions, parseOptions, type SyncServerOptions } from './options.ts';
import { pushWrites } from './push.ts';
import { scanRecords } from './scan.ts';

export type { SyncServerOptions } from './options.ts';

/**
 * Another sync server, spoken to as its replicas do: for this server it is one more external system, and for it this server is
 * one more replica. A stream for each datastore, whose records are documents and whose keys are their ids. Throws CONFIG_INVALID.
 */
export function syncServer(options: SyncServerOptions): Connector {
  const parsed = parseOptions(options);
  return {
    kind: 'sync-server',
    streams: Object.fromEntries(
      parsed.datastores.map((datastore) => [datastore.name, createStream(parsed, datastore)]),
    ),
    check: (context) => check(parsed, context),
    listen: (context) => listenToPokes(parsed, context),
    close: async () => {},
  };
}

function createStream(options: ParsedOptions, datastore: Datastore): Stream {
  const line = (context: Context) => openLine(options, datastore, context);
  return {
    traits: {
      order: 'commit',
      deletes: 'feed',
      creates: 'idempotent',
      guarded: true,
      adds: false,
      batch: { max: 100, fails: 'each' },
    },
    get: (keys, context) => getRecords(line(context), keys),
    changes: (cursor, context) => readChanges(line(context), cursor),
    scan: (after, context) => scanRecords(line(context), after),
    push: (writes, context) => pushWrites(line(context), writes),
    find: async (write, context) => {
      const byKey = async (key: string) => (await getRecords(line(context), [key])).get(key) ?? null;
      return landed(write, { byRef: () => byKey(idOf(write)), byKey });
    },
  };
}

/** One page of one document: it asks for a token, and reads. */
async function check(options: ParsedOptions, context: Context): Promise<void> {
  const [datastore] = options.datastores;
  const { transport, header } = openLine(options, datastore as Datastore, context);
  await asked(transport.pull({ ...header, checkpoint: null, maxRows: 1, maxBytes: 1 }, context.signal));
}
