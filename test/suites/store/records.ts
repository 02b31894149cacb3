import { expect } from 'vitest';
import { edit, put, SCOPE } from './edits.ts';
import type { Check } from './test-case.ts';

/** What is kept beside the documents for replicas: credits, decisions, claims. */
export function recordTests(check: Check): void {
  check('what a replica was credited is kept for each document and replica', async (place) => {
    const store = await place.open();
    const key = { datastore: 'note', id: 'a' };
    const counted = {
      ...key,
      replica: 'replica-1',
      base: 'e.1.t',
      edit: 2,
      refused: false,
      amounts: { stock: -3, sold: 3.5 },
    };
    const read = async (replica: string, scope = SCOPE) => {
      const request = { scope, documents: [key], replica };
      return (await store.write(request, (current) => ({ result: current.counted(key) }))).result;
    };
    await store.write({ scope: SCOPE }, () => ({ documents: [edit('a')], counted: [counted], result: null }));
    expect(await read('replica-1')).toEqual(counted);
    expect(await read('replica-2')).toBeNull();
    expect(await read('replica-1', 'tenant-2')).toBeNull();
    const next = { ...counted, base: null, edit: 3, refused: true, amounts: { stock: 1 } };
    await store.write({ scope: SCOPE }, () => ({ counted: [next], result: null }));
    expect(await read('replica-1')).toEqual(next);
  });

  check('decisions are kept with all sides, newest first, an absent field apart from an empty one', async (place) => {
    const store = await place.open({ clock: () => 5 });
    const key = { datastore: 'note', id: 'a' };
    const decision = {
      field: 'title',
      rule: 'server-wins',
      base: undefined,
      server: null,
      proposed: { deep: ['x'] },
      result: 'y',
    };
    const later = { ...decision, field: 'text' };
    await store.write({ scope: SCOPE }, () => ({
      events: [{ ...key, kind: 'kept', by: '@erp', detail: { decisions: [decision, later] } }],
      result: null,
    }));
    const about = { ...key, scope: SCOPE, by: '@erp', at: 5 };
    const [newest, oldest] = await store.decisions({ limit: 2 });
    expect(newest).toEqual({ ...later, ...about });
    expect(oldest).toStrictEqual({ ...decision, ...about });
    expect(await store.decisions({ limit: 1 })).toEqual([{ ...later, ...about }]);
  });

  check('a replica belongs to the subject that used it first', async (place) => {
    const store = await place.open();
    const claims = await Promise.all([store.claimReplica('r1', 'ann'), store.claimReplica('r1', 'bob')]);
    expect(claims.filter(Boolean)).toHaveLength(1);
    const [owner, other] = claims[0] ? ['ann', 'bob'] : ['bob', 'ann'];
    expect(await store.claimReplica('r1', owner as string)).toBe(true);
    expect(await store.claimReplica('r1', other as string)).toBe(false);
    expect(await store.claimReplica('r2', other as string)).toBe(true);
  });

  check('the summary counts what is there, with declared datastores that are empty', async (place) => {
    const store = await place.open({ clock: () => 77 });
    await put(store, [edit('a'), edit('b'), edit('p', {}, { datastore: 'product' })]);
    await put(store, [edit('a', null), edit('b', { again: true })]);
    await put(store, [edit('c')], 'tenant-2');
    await store.claimReplica('r1', 'ann');
    expect(await store.summary()).toEqual({
      datastores: [
        { datastore: 'note', documents: 2, tombstones: 1 },
        { datastore: 'order', documents: 0, tombstones: 0 },
        { datastore: 'product', documents: 1, tombstones: 0 },
      ],
      scopes: [
        { scope: SCOPE, seq: 5 },
        { scope: 'tenant-2', seq: 1 },
      ],
      outbox: [
        { system: 'erp', state: 'ready', rows: 1, oldestAt: 77 },
        { system: 'shop', state: 'ready', rows: 1, oldestAt: 77 },
      ],
      links: [],
      rechecks: [],
      quarantined: 0,
      questions: 0,
      decisions: 0,
      replicas: 1,
    });
  });
}
