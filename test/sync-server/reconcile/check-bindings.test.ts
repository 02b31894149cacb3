import { scheduled } from '@datastores/core';
import { defineDatastore } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import { type CheckedSystems, checkBindings } from '../../../apps/sync-server/src/reconcile/check-bindings.ts';
import { articleBinding } from '../../support/engine.ts';
import { createNastySystem, type NastyOptions } from '../../support/nasty-system.ts';

const owned = defineDatastore({
  name: 'owned',
  schema: { type: 'object', properties: { price: { type: 'integer' } } } as const,
  fields: { price: { owner: 'erp' } },
});
const system = (options: NastyOptions = {}) => ({ connector: createNastySystem(options).connector });
const readOnly = (() => {
  const { push: _push, ...items } = createNastySystem().connector.streams.items ?? {};
  return { connector: { kind: 'reader', streams: { items } } } as unknown as CheckedSystems[string];
})();

const there = { from: 'there' } as const;
type Row = [says: string, bindings: readonly Binding[], systems?: CheckedSystems];
const REFUSED: readonly Row[] = [
  ['there is no system "crm"', [articleBinding({ system: 'crm' })]],
  ['offers no stream "things"', [articleBinding({ stream: 'things' })]],
  ['has no such field', [articleBinding({ fields: { colour: there } })]],
  ['has no such field', [articleBinding({ fields: { constructor: there } })]],
  ['an id is never exchanged', [articleBinding({ fields: { id: there } })]],
  ['only numbers add up', [articleBinding({ fields: { name: { merge: 'sum' } } })]],
  ['is bound twice', [articleBinding(), articleBinding()]],
  ['give each a different rank', [articleBinding(), articleBinding({ system: 'pim', fields: { price: there } })]],
  [
    'give each a different rank',
    [
      articleBinding({ fields: { price: { ...there, rank: 1 } } }),
      articleBinding({ system: 'pim', fields: { price: { ...there, rank: 1 } } }),
    ],
  ],
  ['"erp" owns it', [articleBinding({ system: 'pim', datastore: owned, fields: { price: { merge: 'there' } } })]],
  ['take out toRecord', [articleBinding()], { erp: readOnly }],
  ['offers neither changes nor scan', [articleBinding()], { erp: system({ feeds: false, scans: false }) }],
  ['concurrent sales are lost', [articleBinding()], { erp: system({ traits: { adds: false, guarded: false } }) }],
  ['add changedAt', [articleBinding({ fields: { name: { merge: 'latest' } } })]],
  [
    'guards writes by version',
    [articleBinding({ fields: { name: { merge: 'ask' } } })],
    { erp: system({ traits: { guarded: false } }) },
  ],
  [
    'without toRecord the system is never told anything',
    [(({ toRecord: _toRecord, ...binding }) => binding)(articleBinding({ fields: { name: { merge: 'ask' } } }))],
  ],
  [
    'pim/items owns it, so nobody has to be asked',
    [
      articleBinding({ fields: { name: { merge: 'ask' } } }),
      articleBinding({ system: 'pim', fields: { name: there } }),
    ],
  ],
  ['strategies is empty', [articleBinding({ strategies: [] })]],
  ['cannot be read', [articleBinding({ strategies: [{ kind: 'scheduled', cron: 'every day', timeZone: 'UTC' }] })]],
  [
    'cannot be read',
    [articleBinding({ strategies: [{ kind: 'scheduled', cron: '0 3 * * *', timeZone: 'Mars/Base' }] })],
  ],
  ['cannot be scanned', [articleBinding({ strategies: [scheduled('0 3 * * *')] })], { erp: system({ scans: false }) }],
  ['between 0 and 1', [articleBinding({ maxDeletes: 5 })]],
];

test.each(REFUSED)('refused: %s', (says, bindings, systems) => {
  const check = () => checkBindings(bindings, systems ?? { erp: system(), pim: system() });
  expect(check).toThrow(expect.objectContaining({ code: 'BINDING_INVALID', message: expect.stringContaining(says) }));
});

const ACCEPTED: readonly (readonly [string, readonly Binding[]])[] = [
  ['one binding', [articleBinding()]],
  [
    'two owners with ranks',
    [
      articleBinding({ fields: { price: { ...there, rank: 1 } } }),
      articleBinding({ system: 'pim', fields: { price: { ...there, rank: 2 } } }),
    ],
  ],
  [
    'a field that the later change wins',
    [articleBinding({ fields: { name: { merge: 'latest' } }, changedAt: () => 1 })],
  ],
  ['a field that a person decides', [articleBinding({ fields: { name: { merge: 'ask' } } })]],
  ['the declared owner', [articleBinding({ datastore: owned, fields: { price: there } })]],
  [
    'another system that is only told',
    [articleBinding({ system: 'pim', datastore: owned, fields: { price: { from: 'here' } } })],
  ],
];

test.each(ACCEPTED)('accepted: %s', (_name, bindings) => {
  expect(() => checkBindings(bindings, { erp: system(), pim: system() })).not.toThrow();
});

test('everything that is wrong is said at once', () => {
  const bindings = [articleBinding({ system: 'crm' }), articleBinding({ fields: { colour: there } })];
  expect(() => checkBindings(bindings, { erp: system() })).toThrow(/"crm".*"colour"/);
});
