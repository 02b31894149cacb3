import type { Traits } from '@datastores/sync-server/connector';
import { afterAll, beforeAll, describe } from 'vitest';
import { connectorSuite } from '../../../suites/connector.suite.ts';
import { startTryton, type TrytonServer } from '../../../support/tryton.ts';
import { engineTests } from './engine.ts';
import { trapTests } from './traps.ts';
import { openTrytonPlace } from './tryton-place.ts';

// One server for all tests of the connector: its database takes longer to make than they do.
let server: TrytonServer;
beforeAll(async () => {
  server = await startTryton();
}, 180_000);
afterAll(() => server?.[Symbol.asyncDispose]());

const TRAITS: Traits = {
  order: 'time',
  overlapMs: 60_000,
  deletes: 'none',
  creates: 'findable',
  guarded: true,
  adds: false,
  batch: { max: 100, fails: 'each' },
};

connectorSuite('tryton', {
  traits: TRAITS,
  transactions: true,
  losesAnswers: true,
  open: (pageSize) => openTrytonPlace(server, pageSize),
});

describe('tryton', () => {
  trapTests(() => server);
  engineTests(() => server);
});
