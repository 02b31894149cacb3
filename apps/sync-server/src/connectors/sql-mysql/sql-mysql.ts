import type { Connector, Traits } from '../connector.ts';
import { createSqlConnector } from '../sql/create-streams.ts';
import type { Query } from '../sql/session.ts';
import { mysqlDialect } from './dialect.ts';
import { createLedger } from './ledger.ts';
import { parseOptions, type SqlMysqlOptions, type StreamOptions } from './options.ts';
import { createSession } from './session.ts';
import { loadMysqlShape } from './shape.ts';

export type { SqlMysqlOptions } from './options.ts';

/**
 * Tables of a MySQL (8.0 or later) or MariaDB (10.6 or later) database as streams. Nothing is connected before the first
 * call. Throws CONFIG_INVALID or BINDING_INVALID for options that contradict themselves; a table or column that is not
 * there is found at `check` or at the first use, as a SystemError `shape` that names it.
 */
export function sqlMysql(options: SqlMysqlOptions): Connector {
  const parsed = parseOptions(options);
  const ledger = parsed.ledger ? createLedger(parsed.ledger) : null;
  const streams = Object.entries(parsed.streams).map(([name, of]) => {
    const load = (query: Query) => loadMysqlShape(query, name, parsed);
    return [name, { traits: traitsOf(of, ledger !== null), load }] as const;
  });
  return createSqlConnector({
    kind: 'sql-mysql',
    dialect: mysqlDialect,
    session: createSession(parsed),
    ledger,
    pageSize: parsed.pageSize,
    streams: Object.fromEntries(streams),
  });
}

function traitsOf(of: StreamOptions, ledger: boolean): Traits {
  return {
    order: 'time',
    ...(of.mode === 'stamp' && { overlapMs: of.overlapMs }),
    deletes: of.tombstone === undefined ? 'none' : 'feed',
    creates: ledger ? 'idempotent' : of.ref ? 'findable' : 'unsafe',
    guarded: true,
    // Without the ledger a repeat after a lost answer would add twice.
    adds: ledger,
    batch: { max: 100, fails: 'each' },
  };
}
