import type { Connector, Traits } from '../connector.ts';
import { createSqlConnector } from '../sql/create-streams.ts';
import type { Query } from '../sql/session.ts';
import { type Following, followLog } from './cdc/changes.ts';
import { createLiveFeed } from './cdc/live-feed.ts';
import { slotNames } from './cdc/names.ts';
import { createRetainedWatch } from './cdc/watch-retained.ts';
import { postgresDialect } from './dialect.ts';
import { createLedger } from './ledger.ts';
import { parseOptions, type SqlPostgresOptions, type StreamOptions } from './options.ts';
import { createSession } from './session.ts';
import { loadPostgresShape } from './shape.ts';

export type { SqlPostgresOptions } from './options.ts';

/**
 * Tables of a PostgreSQL database (13 or later) as streams. Nothing is connected before the first call. Throws
 * CONFIG_INVALID or BINDING_INVALID for options that contradict themselves; a table or column that is not there is found
 * at `check` or at the first use, as a SystemError `shape` that names it.
 */
export function sqlPostgres(options: SqlPostgresOptions): Connector {
  const parsed = parseOptions(options);
  const ledger = parsed.ledger ? createLedger(parsed.ledger) : null;
  const streams = Object.entries(parsed.streams).map(
    ([name, of]) =>
      [
        name,
        {
          traits: traitsOf(of, ledger !== null),
          load: (query: Query) => loadPostgresShape(query, { options: of, names: slotNames(parsed, name) }),
        },
      ] as const,
  );
  const session = createSession(parsed);
  const watch = createRetainedWatch();
  const feed = createLiveFeed(parsed);
  const looked: Following['looked'] = (slot, context) => {
    watch.looked(slot, context);
    feed.looked(slot);
  };
  const connector = createSqlConnector({
    kind: 'sql-postgres',
    dialect: postgresDialect((reading, names, cursor) => followLog(reading, { session, names, looked }, cursor)),
    session,
    ledger,
    pageSize: parsed.pageSize,
    streams: Object.fromEntries(streams),
  });
  const live = parsed.replication.live && Object.values(parsed.streams).some(({ mode }) => mode === 'cdc');
  return {
    ...connector,
    ...(live && { listen: feed.listen }),
    close: async () => {
      feed.close();
      await connector.close();
    },
  };
}

function traitsOf(of: StreamOptions, ledger: boolean): Traits {
  const byTime = of.mode === 'stamp';
  return {
    order: byTime ? 'time' : 'commit',
    ...(byTime && { overlapMs: of.overlapMs }),
    deletes: of.mode === 'cdc' ? 'feed' : 'none',
    creates: ledger ? 'idempotent' : of.ref ? 'findable' : 'unsafe',
    guarded: true,
    // Without the ledger a repeat after a lost answer would add twice.
    adds: ledger,
    batch: { max: 500, fails: 'each' },
  };
}
