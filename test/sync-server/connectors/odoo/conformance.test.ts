import { connectorSuite } from '../../../suites/connector.suite.ts';
import { type OdooSample, openOdooPlace } from './odoo-place.ts';

const SAMPLES: Readonly<Record<string, OdooSample>> = {
  'over JSON-2': { api: 'json-2', externalIds: false },
  'over JSON-2 with external ids': { api: 'json-2', externalIds: true },
  'over JSON-RPC': { api: 'json-rpc', externalIds: false },
};

for (const [name, sample] of Object.entries(SAMPLES)) {
  connectorSuite(`odoo ${name}`, {
    traits: {
      order: 'time',
      overlapMs: 60_000,
      deletes: 'none',
      creates: sample.externalIds ? 'idempotent' : 'findable',
      guarded: false,
      adds: false,
      batch: { max: 100, fails: 'each' },
    },
    transactions: true,
    losesAnswers: true,
    stalls: true,
    // The import of Odoo takes an empty text for no text.
    ...(sample.externalIds && { values: { name: ['twenty letters long!', 'Ünïcødé ключ', ' spaces ', '<b>&amp;'] } }),
    open: (pageSize) => openOdooPlace(sample, pageSize),
  });
}
