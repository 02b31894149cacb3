import type { Traits } from '@datastores/sync-server/connector';
import { afterAll, beforeAll } from 'vitest';
import { connectorSuite } from '../../../suites/connector.suite.ts';
import { type PostgresCluster, startPostgres } from '../../../support/postgres.ts';
import { openPostgresPlace, type PostgresSample } from './postgres-place.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres({ wal_level: 'logical' });
});
afterAll(() => cluster[Symbol.asyncDispose]());

const TRAITS: Traits = {
  order: 'commit',
  deletes: 'none',
  creates: 'idempotent',
  guarded: true,
  adds: true,
  batch: { max: 500, fails: 'each' },
};

const trigger = (schema: string, column: string, value: string) => `
  create function ${schema}.mark() returns trigger language plpgsql as $$ begin new.${column} = ${value}; return new; end $$;
  create trigger mark before update on ${schema}.items for each row execute function ${schema}.mark();`;

const MODES: Readonly<Record<string, PostgresSample & { traits: Traits }>> = {
  xmin: { traits: TRAITS, stream: { mode: 'xmin' }, ddl: () => ')' },
  xid: {
    traits: TRAITS,
    stream: { mode: 'xid', xid: 'changed' },
    ddl: (schema) =>
      `, changed xid8 not null default pg_current_xact_id()); ${trigger(schema, 'changed', 'pg_current_xact_id()')}`,
  },
  cdc: { traits: { ...TRAITS, deletes: 'feed' }, stream: { mode: 'cdc' }, ddl: () => ')' },
  stamp: {
    traits: { ...TRAITS, order: 'time', overlapMs: 60_000 },
    stream: { mode: 'stamp', stamp: 'changed' },
    ddl: (schema) => `, changed timestamptz default now()); ${trigger(schema, 'changed', 'now()')}`,
  },
};

for (const [mode, sample] of Object.entries(MODES)) {
  connectorSuite(`sql-postgres in mode ${mode}`, {
    traits: sample.traits,
    transactions: true,
    digests: true,
    open: (pageSize) => openPostgresPlace(cluster, sample, pageSize),
  });
}
