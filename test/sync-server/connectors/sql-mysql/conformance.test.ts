import type { Traits } from '@datastores/sync-server/connector';
import { afterAll, beforeAll } from 'vitest';
import { connectorSuite } from '../../../suites/connector.suite.ts';
import { type MariadbServer, startMariadb } from '../../../support/mariadb.ts';
import { type MariadbSample, openMariadbPlace } from './mariadb-place.ts';

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server[Symbol.asyncDispose]());

const TRAITS: Traits = {
  order: 'time',
  overlapMs: 60_000,
  deletes: 'none',
  creates: 'idempotent',
  guarded: true,
  adds: true,
  batch: { max: 100, fails: 'each' },
};
const { overlapMs: _, ...BY_MARKER } = TRAITS;

const STAMPED = 'changed datetime(6) default current_timestamp(6) on update current_timestamp(6)';

const MODES: Readonly<Record<string, MariadbSample & { traits: Traits }>> = {
  'by datetime stamps': {
    traits: TRAITS,
    stream: { mode: 'stamp', stamp: 'changed' },
    ddl: () => `, ${STAMPED}, key (changed, id))`,
  },
  'by timestamps of whole seconds': {
    traits: TRAITS,
    stream: { mode: 'stamp', stamp: 'changed' },
    ddl: () => ', changed timestamp default current_timestamp on update current_timestamp)',
  },
  'by a marker': {
    traits: BY_MARKER,
    stream: { mode: 'marker', marker: 'changed' },
    ddl: (database) => `, changed bigint); create sequence ${database}.marks;
      create trigger ${database}.made before insert on ${database}.items
        for each row set new.changed = next value for ${database}.marks;
      create trigger ${database}.moved before update on ${database}.items
        for each row set new.changed = next value for ${database}.marks`,
  },
  'with tombstones': {
    traits: { ...TRAITS, deletes: 'feed' },
    stream: { mode: 'stamp', stamp: 'changed', tombstone: 'gone' },
    ddl: () => `, ${STAMPED}, gone datetime(6))`,
  },
};

for (const [mode, sample] of Object.entries(MODES)) {
  connectorSuite(`sql-mysql ${mode}`, {
    traits: sample.traits,
    transactions: true,
    digests: true,
    open: (pageSize) => openMariadbPlace(server, sample, pageSize),
  });
}
