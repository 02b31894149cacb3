import { expect } from 'vitest';
import type { EventWrite } from '../../../apps/sync-server/src/store/history.ts';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { edit, product, put, SCOPE } from './edits.ts';
import type { StorePlace } from './place.ts';
import { headsOf, onlyHead, send, settle } from './rows.ts';
import type { Check } from './test-case.ts';

const KEY = { datastore: 'note', id: 'a' };

/** What is kept of what happened to a document. */
export function historyTests(check: Check): void {
  check('each state says who wrote it and which fields it changed, from the first on', async (place) => {
    const { store, at } = await openAt(place);
    await at(100, [edit('a', { name: 'Nail', price: 1, note: null })]);
    await at(200, [edit('a', { name: 'Nail', price: 2 }, { author: '@erp', base: 'v1' })]);
    await at(300, [edit('a', null, { author: 'replica-2', base: 'v2' })]);
    await at(400, [edit('a', { name: 'Pin' }, { author: 'replica-3' })]);
    expect(await store.history(SCOPE, KEY)).toMatchObject([
      { kind: 'accepted', by: 'replica-1', at: 100, seq: 1, changed: null },
      {
        ...{ kind: 'pulled', by: '@erp', at: 200, seq: 2 },
        changed: { note: { was: null }, price: { was: 1, is: 2 } },
        replaced: { by: 'replica-1', at: 100, seq: 1, first: true },
      },
      { kind: 'deleted', by: 'replica-2', at: 300, seq: 3, changed: null },
      { kind: 'accepted', by: 'replica-3', at: 400, seq: 4, changed: null },
    ]);
  });

  check('a document that was written once says so without an event, and one that never was has none', async (place) => {
    const { store, at } = await openAt(place);
    await at(100, [edit('a', { name: 'Nail' }, { author: '@erp' })]);
    expect(await store.history(SCOPE, KEY)).toMatchObject([{ kind: 'pulled', by: '@erp', at: 100, seq: 1 }]);
    expect(await store.history(SCOPE, { ...KEY, id: 'b' })).toEqual([]);
    expect(await store.history('tenant-2', KEY)).toEqual([]);
  });

  check('a long value is kept by its beginning and its length', async (place) => {
    const { store, at } = await openAt(place);
    await at(1, [edit('a', { text: 'short' })]);
    await at(2, [edit('a', { text: 'x'.repeat(10_000) })]);
    const [, changed] = await store.history(SCOPE, KEY);
    expect(changed?.changed).toMatchObject({ text: { was: 'short', is: { length: 10_002 } } });
    expect(JSON.stringify(changed).length).toBeLessThan(500);
  });

  check('events beside the states stand in order with them, and repeated ones are told once', async (place) => {
    const { store, at } = await openAt(place);
    const parked: EventWrite = { ...KEY, kind: 'parked', by: '@erp', detail: { references: ['x/1'] }, once: true };
    const note = (events: readonly EventWrite[]) => store.write({ scope: SCOPE }, () => ({ events, result: null }));
    await at(1, []);
    await note([{ ...KEY, kind: 'rejected', by: 'replica-9', detail: { code: 'DOCUMENT_INVALID' } }]);
    await at(2, [edit('a')]);
    await note([parked]);
    await note([parked]);
    await at(3, [edit('a', { n: 1 })]);
    await note([parked]);
    const kinds = (await store.history(SCOPE, KEY)).map(({ kind }) => kind);
    expect(kinds).toEqual(['rejected', 'accepted', 'parked', 'accepted', 'parked']);
  });

  check('what came to nothing left no event', async (place) => {
    const { store, at } = await openAt(place);
    await at(1, [edit('a')]);
    const failing = store.write({ scope: SCOPE }, () => ({
      documents: [edit('a', { n: 1 }), edit('x', {}, { datastore: 'undeclared' })],
      result: null,
    }));
    await expect(failing).rejects.toMatchObject({ code: 'DATASTORE_UNKNOWN' });
    expect(await store.history(SCOPE, KEY)).toHaveLength(1);
  });

  check('a restored store says so in the history of what was there, and not of what came later', async (place) => {
    const { store, at } = await openAt(place);
    await at(1, [edit('a')]);
    await at(2, []);
    await store.renewEpoch();
    await at(3, [edit('a', { n: 1 }), edit('b')]);
    expect((await store.history(SCOPE, KEY)).map(({ kind }) => kind)).toEqual(['accepted', 'restored', 'accepted']);
    expect((await store.history(SCOPE, { ...KEY, id: 'b' })).map(({ kind }) => kind)).toEqual(['accepted']);
  });

  check('only so many events of a document are kept, and what a value rests on besides', async (place) => {
    const { store, at } = await openAt(place);
    await at(1, [edit('a', { name: 'Nail', n: 0 })]);
    await at(2, [edit('a', { name: 'Pin', n: 0 })]);
    for (let n = 1; n <= 30; n += 1) await at(n + 2, [edit('a', { name: 'Pin', n })]);
    const compact = () => store.compact({ before: 0, history: { maxEvents: 5, before: 0 } });
    await compact();
    const kept = async () => (await store.history(SCOPE, KEY)).map(({ at: time, changed }) => [time, changed]);
    expect(await kept()).toMatchObject([
      [1, null],
      [2, { name: { was: 'Nail', is: 'Pin' } }],
      ...[26, 27, 28, 29, 30].map((n) => [n + 2, { n: { was: n - 1, is: n } }]),
    ]);
    await compact();
    expect(await kept()).toHaveLength(7);
    await at(50, [edit('a', { name: 'Tack', n: 30 })]);
    await compact();
    expect((await kept()).map(([time]) => time)).toEqual([28, 29, 30, 31, 32, 50]);
  });

  check('old events end, but for what a value of a living document rests on', async (place) => {
    const { store, at } = await openAt(place);
    await at(10, [edit('a', { n: 1, m: 1 }), edit('b', { n: 1 })]);
    await at(20, [edit('a', { n: 2, m: 1 }), edit('b', { n: 2 })]);
    await at(30, [edit('a', { n: 3, m: 1 }), edit('b', null)]);
    await store.compact({ before: 0, history: { maxEvents: 100, before: 40 } });
    expect((await store.history(SCOPE, KEY)).map(({ at: time }) => time)).toEqual([20, 30]);
    // The state of a deleted document says by itself who deleted it.
    expect(await store.history(SCOPE, { ...KEY, id: 'b' })).toMatchObject([{ at: 30 }]);
    await store.compact({ before: 0, history: { maxEvents: 100, before: 40 } });
    expect(await store.history(SCOPE, KEY)).toHaveLength(2);
  });

  check('a write that the process left unanswered is in the history of its document', async (place) => {
    const { store } = await openAt(place);
    await put(store, [edit('o', {}, { datastore: 'order' })]);
    const row = await onlyHead(store);
    await send(store, row);
    expect(await store.outboxRecover('erp')).toBe(1);
    expect(await store.history(SCOPE, row)).toMatchObject([
      { kind: 'accepted' },
      { kind: 'unanswered', by: '@erp', stream: 'orders', writeId: row.writeId },
    ]);
  });

  check('a dead row goes again under its write id and before what came behind it', async (place) => {
    const { store, at } = await openAt(place);
    await at(1, [product('p')]);
    const [row] = await headsOf(store, 'erp');
    if (row === undefined) throw new Error('nothing to send');
    await send(store, row);
    await at(5, []);
    await settle(store, row, { state: 'dead', attempts: 3, error: 'no', field: 'price', uncertain: true });
    const letters = await store.outboxDead({ system: 'erp', limit: 10 });
    expect(letters).toMatchObject([{ writeId: row.writeId, field: 'price', deadAt: 5, uncertain: true, attempts: 3 }]);
    expect(await store.outboxDead({ system: 'shop', limit: 10 })).toEqual([]);
    await at(6, [product('p', { n: 1 })]);
    expect(await headsOf(store, 'erp')).toEqual([]);
    await store.outboxRetry([{ seq: row.seq, state: 'ready' }]);
    const own = (await store.outboxOf(SCOPE, row)).filter(({ system }) => system === 'erp');
    expect(own).toMatchObject([{ seq: row.seq, writeId: row.writeId, state: 'ready', attempts: 0, payload: null }]);
    expect((await store.history(SCOPE, row)).at(-1)).toMatchObject({ kind: 'retried', by: 'operator' });
    const again = store.outboxRetry([{ seq: row.seq, state: 'ready' }]);
    await expect(again).rejects.toMatchObject({ code: 'LETTER_UNKNOWN' });
  });

  check(
    'a dead row that may have been applied goes again as it was, and the newer state stays behind it',
    async (place) => {
      const { store, at } = await openAt(place);
      await at(1, [product('p')]);
      const [row] = await headsOf(store, 'erp');
      if (row === undefined) throw new Error('nothing to send');
      await send(store, row);
      await settle(store, row, { state: 'dead', attempts: 3, error: 'no', uncertain: true });
      await at(6, [product('p', { n: 1 })]);
      await store.outboxRetry([{ seq: row.seq, state: 'unknown' }]);
      const own = (await store.outboxOf(SCOPE, row)).filter(({ system }) => system === 'erp');
      expect(own).toMatchObject([
        { seq: row.seq, state: 'unknown', payload: { sent: 'p' } },
        { state: 'ready', payload: null },
      ]);
      expect(await headsOf(store, 'erp')).toMatchObject([{ seq: row.seq }]);
    },
  );
}

async function openAt(place: StorePlace) {
  let now = 0;
  const store: Store = await place.open({ clock: () => now });
  const at = (time: number, documents: Parameters<typeof put>[1]) => {
    now = time;
    return documents.length === 0 ? [] : put(store, documents);
  };
  return { store, at };
}
