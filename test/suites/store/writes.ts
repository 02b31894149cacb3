import { expect } from 'vitest';
import type { EventWrite } from '../../../apps/sync-server/src/store/history.ts';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import type { WritePlan } from '../../../apps/sync-server/src/store/write.ts';
import { edit, follow, notes, product, put, SCOPE } from './edits.ts';
import { link } from './links.ts';
import type { Check } from './test-case.ts';

/** The one way to change anything. */
export function writeTests(check: Check): void {
  check(
    'writes that arrive together are decided one after the other, each on what the one before left',
    async (place) => {
      const store = await place.open();
      const results = await Promise.all(Array.from({ length: 50 }, () => addOne(store)));
      expect(results).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
      expect(await store.document(SCOPE, COUNTER)).toMatchObject({ body: '{"id":"counter","value":50}', seq: 50 });
    },
  );

  check('writes of two openings of one database do not overwrite each other', async (place) => {
    const stores = [await place.open(), await place.open()];
    await Promise.all(Array.from({ length: 40 }, (_, at) => addOne(stores[at % 2] as Store)));
    expect(await stores[0]?.document(SCOPE, COUNTER)).toMatchObject({ body: '{"id":"counter","value":40}', seq: 40 });
  });

  check('writes that arrive together share a commit, up to 500 documents', async (place) => {
    const store = await place.open();
    await Promise.all([put(store, [edit('a')]), put(store, [edit('b')]), put(store, [edit('c')])]);
    expect(await store.tagAt(SCOPE, 1)).toBe(await store.tagAt(SCOPE, 3));
    const request = { scope: 'large', documents: notes(300) };
    await Promise.all(['x', 'y'].map((p) => store.write(request, () => ({ documents: notes(300, p), result: null }))));
    expect(await store.tagAt('large', 300)).not.toBe(await store.tagAt('large', 301));
  });

  check('a decide that throws undoes its own write and leaves its neighbours alone', async (place) => {
    const store = await place.open();
    const outcomes = await Promise.allSettled([
      put(store, [edit('a')]),
      store.write({ scope: SCOPE }, () => {
        throw new RangeError('no');
      }),
      put(store, [edit('b')]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: new RangeError('no') });
    const [page] = await follow(store);
    expect(page?.rows.map(({ id, seq }) => [id, seq])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  check('a plan that cannot be carried out changes nothing at all', async (place) => {
    const store = await place.open();
    await put(store, [edit('before')]);
    const before = await everything(store);
    const plan: WritePlan<null> = {
      documents: [product('p'), edit('x', {}, { datastore: 'undeclared' })],
      counted: [{ ...COUNTER, replica: 'replica-1', base: null, edit: 1, refused: false, amounts: { value: 1 } }],
      events: [DECIDED],
      links: [link('p', 'K1')],
      cursor: { system: 'erp', stream: 'products', kind: 'changes', cursor: 7 },
      recheck: [{ system: 'erp', stream: 'products', key: 'K1' }],
      quarantine: [{ system: 'erp', stream: 'products', key: 'K2', reason: 'drift', record: {}, at: 1 }],
      result: null,
    };
    await expect(store.write({ scope: SCOPE }, () => plan)).rejects.toMatchObject({ code: 'DATASTORE_UNKNOWN' });
    expect(await everything(store)).toEqual(before);
    const written = await store.write({ scope: SCOPE }, () => ({ ...plan, documents: [product('p')] }));
    expect(written.documents).toMatchObject([{ id: 'p', seq: 2 }]);
    expect(await everything(store)).not.toEqual(before);
  });

  check('a state that the request does not name is refused instead of being read without lock', async (place) => {
    const store = await place.open();
    const reading = (key: { datastore: string; id: string }) =>
      store.write({ scope: SCOPE, documents: [COUNTER] }, (current) => ({ result: current.document(key) }));
    await expect(reading({ datastore: 'note', id: 'other' })).rejects.toThrow('does not name');
    await expect(reading(COUNTER)).resolves.toMatchObject({ result: null });
    const asking = store.write({ scope: SCOPE }, (current) => ({ result: current.linkByKey('K1') }));
    await expect(asking).rejects.toThrow('does not name');
  });

  check('a plan without documents moves no number and makes no commit', async (place) => {
    const store = await place.open();
    await put(store, [edit('a')]);
    const head = await store.head(SCOPE);
    await expect(store.write({ scope: SCOPE }, () => ({ result: 'seen' }))).resolves.toEqual({
      result: 'seen',
      documents: [],
    });
    expect(await store.head(SCOPE)).toEqual(head);
  });

  check('decide is told the time of the store', async (place) => {
    const store = await place.open({ clock: () => 4_711 });
    expect(await store.write({ scope: SCOPE }, ({ now, floor }) => ({ result: [now, floor] }))).toMatchObject({
      result: [4_711, 0],
    });
  });
}

const COUNTER = { datastore: 'note', id: 'counter' };

const DECIDED: EventWrite = {
  ...COUNTER,
  kind: 'merged',
  by: 'replica-1',
  detail: { decisions: [{ field: 'value', rule: 'server-wins', base: 1, server: 2, proposed: 3, result: 2 }] },
};

async function addOne(store: Store): Promise<number> {
  const { result } = await store.write({ scope: SCOPE, documents: [COUNTER] }, (current) => {
    const stored = current.document(COUNTER);
    const value = stored === null ? 1 : (JSON.parse(stored.body) as { value: number }).value + 1;
    return { documents: [edit('counter', { value }, { base: stored?.version ?? null })], result: value };
  });
  return result;
}

async function everything(store: Store) {
  return {
    head: await store.head(SCOPE),
    rows: await follow(store, { datastore: 'product' }),
    outbox: await store.outboxHeads('erp', { now: Number.MAX_SAFE_INTEGER, limit: 10 }),
    links: await store.links({ system: 'erp', stream: 'products' }),
    cursor: await store.cursor('erp', 'products', 'changes'),
    rechecks: await store.rechecks('erp', 'products', 10),
    quarantined: await store.quarantined({ limit: 10 }),
    decisions: await store.decisions({ limit: 10 }),
    history: await store.history(SCOPE, { datastore: 'product', id: 'p' }),
    summary: await store.summary(),
  };
}
