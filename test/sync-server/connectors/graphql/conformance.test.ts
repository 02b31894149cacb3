import type { Traits } from '@datastores/sync-server/connector';
import { connectorSuite } from '../../../suites/connector.suite.ts';
import { type GraphqlSample, LEDGER, openGraphqlPlace, PLAIN, SHOP } from './graphql-place.ts';

const COMMON = { order: 'time', overlapMs: 60_000, deletes: 'none' } as const;

const SAMPLES: Readonly<Record<string, readonly [GraphqlSample, Traits]>> = {
  'connections, userErrors and write ids': [
    SHOP,
    { ...COMMON, creates: 'idempotent', guarded: true, adds: true, batch: { max: 10, fails: 'each' } },
  ],
  'keyset pages, aliased reads and thrown errors': [
    PLAIN,
    { ...COMMON, creates: 'findable', guarded: false, adds: false, batch: { max: 5, fails: 'each' } },
  ],
  'edges, deleted records, a header and a cost budget': [
    LEDGER,
    { ...COMMON, deletes: 'feed', creates: 'idempotent', guarded: true, adds: true, batch: { max: 10, fails: 'each' } },
  ],
};

for (const [name, [sample, traits]] of Object.entries(SAMPLES)) {
  connectorSuite(`graphql with ${name}`, {
    traits,
    transactions: false,
    losesAnswers: true,
    stalls: true,
    open: (pageSize) => openGraphqlPlace(sample, pageSize),
  });
}
