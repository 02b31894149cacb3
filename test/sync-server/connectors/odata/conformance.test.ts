import type { Traits } from '@datastores/sync-server/connector';
import { connectorSuite } from '../../../suites/connector.suite.ts';
import { type ODataSample, openODataPlace } from './odata-place.ts';

const DELTA = { changes: { by: 'delta' } } as const;
const STAMP = { order: 'time', overlapMs: 60_000 } as const;

const SAMPLES: Readonly<Record<string, readonly [sample: ODataSample, traits: Partial<Traits>]>> = {
  'by stamp, one request for each write': [{}, STAMP],
  'by stamp with tombstones, in batches': [
    { habits: { tombstones: true, repeatable: true }, service: { batch: { max: 20 } } },
    { ...STAMP, deletes: 'feed', creates: 'idempotent', batch: { max: 20, fails: 'each' } },
  ],
  'by delta link, one request for each write': [
    { habits: { partialDelta: true, minimal: true, repeatable: true }, stream: DELTA },
    { order: 'commit', deletes: 'feed', creates: 'idempotent' },
  ],
  'by delta link, in change sets that lie': [
    {
      habits: { lyingGroups: true, oldDelta: true, textKeys: true },
      stream: { changes: { by: 'delta', whole: true }, scan: 'ordinal' },
      service: { batch: { max: 100, changeSet: true } },
    },
    { order: 'commit', deletes: 'feed', batch: { max: 100, fails: 'all' } },
  ],
  'with text keys, scans along links and a CSRF token': [
    {
      habits: { textKeys: true, csrf: true, minimal: true, pageCap: 3 },
      stream: { scan: 'links' },
      service: { csrf: true, batch: {} },
    },
    STAMP,
  ],
};

for (const [name, [sample, traits]] of Object.entries(SAMPLES)) {
  connectorSuite(`odata ${name}`, {
    traits: { ...usual(), ...traits },
    transactions: false,
    choosesKeys: sample.habits?.textKeys === true,
    losesAnswers: true,
    stalls: true,
    values: {
      price: ['12.5', '0.1', '-79228162514264337593543950335', '123456789012345678.123456789'],
      serial: ['9223372036854775807', '-9007199254740993', '0'],
      day: ['2026-02-28', null],
      due: ['2026-02-28T23:59:59.1234567Z', '2026-01-01T00:00:00+02:00'],
    },
    open: (pageSize) => openODataPlace(sample, pageSize),
  });
}

function usual(): Traits {
  return {
    order: 'none',
    deletes: 'none',
    creates: 'findable',
    guarded: true,
    adds: false,
    batch: { max: 50, fails: 'each' },
  };
}
