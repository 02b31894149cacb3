import { expect } from 'vitest';
import type { SystemState } from '../../../apps/sync-server/src/store/system-state.ts';
import { SCOPE } from './edits.ts';
import type { Check } from './test-case.ts';

/** Cursors, rechecks, quarantine and the state of systems. */
export function streamTests(check: Check): void {
  check('a cursor is kept for each stream and kind, and is null at first', async (place) => {
    const store = await place.open();
    const changes = { ...STREAM, kind: 'changes', cursor: 'page-7' } as const;
    expect(await store.cursor('erp', 'products', 'changes')).toBeNull();
    await store.write({ scope: SCOPE }, () => ({ cursor: changes, result: null }));
    const scan = { generation: 3, after: 'K9', parts: [1, null, 'x'] };
    const write = { ...STREAM, kind: 'scan', cursor: scan } as const;
    await store.write({ scope: SCOPE }, () => ({ cursor: write, result: null }));
    expect(await store.cursor('erp', 'products', 'scan')).toEqual(scan);
    expect(await store.cursor('erp', 'products', 'changes')).toBe('page-7');
    await store.write({ scope: SCOPE }, () => ({ cursor: { ...write, cursor: null }, result: null }));
    expect(await store.cursor('erp', 'products', 'scan')).toBeNull();
  });

  check('keys to read again are kept once each, oldest first, until they were read', async (place) => {
    const store = await place.open();
    await store.addRechecks(['K2', 'K1', 'K2'].map(keyed));
    await store.addRechecks([keyed('K3'), { ...keyed('K4'), stream: 'other' }]);
    expect(await store.rechecks('erp', 'products', 10)).toEqual(['K2', 'K1', 'K3']);
    expect(await store.rechecks('erp', 'products', 2)).toEqual(['K2', 'K1']);
    await store.write({ scope: SCOPE }, () => ({ rechecked: [keyed('K1')], recheck: [keyed('K5')], result: null }));
    expect(await store.rechecks('erp', 'products', 10)).toEqual(['K2', 'K3', 'K5']);
    expect(await store.rechecks('erp', 'none', 10)).toEqual([]);
  });

  check('a key that is added again while it is being read is read again', async (place) => {
    const store = await place.open();
    await store.addRechecks([keyed('K1')]);
    expect(await store.rechecks('erp', 'products', 10)).toEqual(['K1']);
    await store.addRechecks([keyed('K1')]);
    await store.write({ scope: SCOPE }, () => ({ rechecked: [keyed('K1')], result: null }));
    expect(await store.rechecks('erp', 'products', 10)).toEqual(['K1']);
    await store.write({ scope: SCOPE }, () => ({ rechecked: [keyed('K1')], recheck: [keyed('K1')], result: null }));
    expect(await store.rechecks('erp', 'products', 10)).toEqual(['K1']);
    await store.write({ scope: SCOPE }, () => ({ rechecked: [keyed('K1')], result: null }));
    expect(await store.rechecks('erp', 'products', 10)).toEqual([]);
  });

  check('a record is set aside with its reason, newest first, until it is released', async (place) => {
    const store = await place.open();
    const first = { ...keyed('K1'), reason: 'price is no number', record: { price: 'x' }, at: 1 };
    const second = { ...keyed('K2'), reason: 'no name', record: null, at: 2 };
    await store.write({ scope: SCOPE }, () => ({ quarantine: [first, second], result: null }));
    expect(await store.quarantined({ limit: 10 })).toEqual([second, first]);
    expect(await store.quarantined({ limit: 1 })).toEqual([second]);
    const again = { ...first, reason: 'price is negative', at: 3 };
    const plan = { quarantine: [again], released: [keyed('K2')], result: null };
    await store.write({ scope: SCOPE }, () => plan);
    expect(await store.quarantined({ limit: 10 })).toEqual([again]);
    expect((await store.summary()).quarantined).toBe(1);
  });

  check('the state of a system is what was saved last', async (place) => {
    const store = await place.open();
    const down: SystemState = {
      system: 'erp',
      state: 'down',
      since: 1,
      failures: 3,
      retryAt: 1_700_000_000_000,
      error: 'ECONNREFUSED',
      lastSuccessAt: null,
    };
    expect(await store.systemState('erp')).toBeNull();
    await store.saveSystemState(down);
    expect(await store.systemState('erp')).toEqual(down);
    const healthy: SystemState = { ...down, state: 'healthy', failures: 0, retryAt: 0, error: null, lastSuccessAt: 9 };
    await store.saveSystemState(healthy);
    expect(await store.systemState('erp')).toEqual(healthy);
  });
}

const STREAM = { system: 'erp', stream: 'products' };

function keyed(key: string) {
  return { ...STREAM, key };
}
