import type { Traits } from '@datastores/sync-server/connector';
import { connectorSuite } from '../../../suites/connector.suite.ts';
import { openRestPlace, type RestSample } from './rest-place.ts';

const MODERN: Omit<RestSample, 'page'> = { guard: 'etag', update: 'PATCH', tombstones: true, idempotent: true };
const PLAIN: Omit<RestSample, 'page'> = {
  guard: { field: 'version' },
  update: 'PUT',
  tombstones: false,
  idempotent: false,
};

const SAMPLES: Readonly<Record<string, RestSample>> = {
  'keyset pages': { ...MODERN, page: { style: 'keyset', param: 'after' } },
  'cursor pages': { ...MODERN, page: { style: 'cursor', param: 'cursor', nextAt: 'next' } },
  'linked pages': { ...PLAIN, page: { style: 'link' } },
  'pages by offset': { ...PLAIN, page: { style: 'offset', param: 'offset' } },
  'numbered pages': { ...PLAIN, tombstones: true, update: 'PATCH', page: { style: 'page', param: 'page' } },
};

for (const [name, sample] of Object.entries(SAMPLES)) {
  connectorSuite(`rest with ${name}`, {
    traits: traitsOf(sample),
    transactions: false,
    losesAnswers: true,
    stalls: true,
    open: (pageSize) => openRestPlace(sample, pageSize),
  });
}

function traitsOf(sample: RestSample): Traits {
  return {
    order: 'time',
    overlapMs: 60_000,
    deletes: sample.tombstones ? 'feed' : 'none',
    creates: sample.idempotent ? 'idempotent' : 'findable',
    guarded: true,
    adds: sample.idempotent,
    batch: { max: 50, fails: 'each' },
  };
}
