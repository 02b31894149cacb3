import { expect } from 'vitest';
import { product, put, SCOPE } from './edits.ts';
import { link } from './links.ts';
import { headsOf, onlyHead, send, settle } from './rows.ts';
import type { Check } from './test-case.ts';

/** Marks, lanes and their states. */
export function outboxTests(check: Check): void {
  check('a document makes a row for every system but the one that it came from', async (place) => {
    const store = await place.open({ clock: () => 42 });
    await put(store, [product('p1'), product('p2', {}, { from: { system: 'erp', stream: 'products' } })]);
    expect(await headsOf(store, 'erp')).toMatchObject([{ id: 'p1', stream: 'products', scope: SCOPE, createdAt: 42 }]);
    expect((await headsOf(store, 'shop')).map(({ id, stream }) => [id, stream])).toEqual([
      ['p1', 'items'],
      ['p2', 'items'],
    ]);
    expect(await headsOf(store, 'unknown')).toEqual([]);
  });

  check('a stream that creates nothing is told of linked documents only', async (place) => {
    const store = await place.open({ routes: () => [{ system: 'erp', stream: 'products', onlyLinked: true }] });
    await put(store, [product('linked'), product('unknown')]);
    expect(await headsOf(store)).toEqual([]);
    await store.write({ scope: SCOPE }, () => ({ links: [link('linked', 'K1')], result: null }));
    await put(store, [product('linked', { price: 2 }), product('unknown', { price: 2 })]);
    expect((await headsOf(store)).map(({ id }) => id)).toEqual(['linked']);
  });

  check('edits that were not sent yet share one row, which keeps its write id', async (place) => {
    const store = await place.open();
    await put(store, [product('p', { price: 1 })]);
    const before = await onlyHead(store);
    await put(store, [product('p', { price: 2 }), product('p', { price: 3 })]);
    await put(store, [product('p', null)]);
    expect(await onlyHead(store)).toEqual(before);
    expect(before).toMatchObject({
      state: 'ready',
      payload: null,
      version: null,
      attempts: 0,
      notBefore: 0,
      error: null,
    });
    expect((await headsOf(store, 'shop'))[0]?.writeId).not.toBe(before.writeId);
  });

  check('a document that came and went before anything was sent leaves its row to be judged', async (place) => {
    const store = await place.open();
    await put(store, [product('p')]);
    await put(store, [product('p', null)]);
    expect(await onlyHead(store)).toMatchObject({ id: 'p', state: 'ready' });
  });

  check('a sent row is frozen, holds its lane, and newer edits wait behind it', async (place) => {
    const store = await place.open();
    await put(store, [product('p'), product('q')]);
    const [first] = await headsOf(store);
    if (first === undefined) throw new Error('The outbox is empty.');
    await send(store, first);
    await put(store, [product('p', { newer: true }), product('p', { newest: true })]);
    expect((await headsOf(store)).map(({ id }) => id)).toEqual(['q']);
    await settle(store, first, { state: 'unknown', attempts: 1, notBefore: 100, error: 'timed out' });
    expect(await headsOf(store, 'erp', 99)).toMatchObject([{ id: 'q' }]);
    expect((await headsOf(store, 'erp', 100))[0]).toEqual({
      ...first,
      state: 'unknown',
      payload: { sent: 'p' },
      version: expect.any(String),
      attempts: 1,
      notBefore: 100,
      error: 'timed out',
    });
    await settle(store, first, { state: 'done' });
    const heads = await headsOf(store);
    expect(heads.map(({ id, state }) => [id, state])).toEqual([
      ['q', 'ready'],
      ['p', 'ready'],
    ]);
    expect(heads[1]?.writeId).not.toBe(first.writeId);
  });

  check('a dead row is listed and holds its lane, and nobody else', async (place) => {
    const store = await place.open();
    await put(store, [product('p')]);
    const row = await onlyHead(store);
    await send(store, row);
    await settle(store, row, { state: 'dead', attempts: 8, error: 'no such tax class' });
    await put(store, [product('p', { newer: true }), product('q')]);
    expect((await headsOf(store)).map(({ id }) => id)).toEqual(['q']);
    expect(await store.outboxDead({ limit: 10 })).toMatchObject([
      { seq: row.seq, state: 'dead', attempts: 8, error: 'no such tax class', writeId: row.writeId },
    ]);
    await settle(store, row, { state: 'ready' });
    expect((await headsOf(store)).map(({ id, seq, state }) => [id, seq, state])).toEqual([
      ['p', row.seq, 'ready'],
      ['q', expect.any(Number), 'ready'],
    ]);
    expect(await store.outboxDead({ limit: 10 })).toEqual([]);
  });

  check('heads come oldest first, at most as many as asked for, when their time has come', async (place) => {
    const store = await place.open();
    for (const id of ['c', 'a', 'b']) await put(store, [product(id)]);
    expect((await headsOf(store)).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
    expect(await store.outboxHeads('erp', { now: 0, limit: 2 })).toMatchObject([{ id: 'c' }, { id: 'a' }]);
    const [first] = await headsOf(store);
    if (first === undefined) throw new Error('The outbox is empty.');
    await settle(store, first, { state: 'ready', attempts: 1, notBefore: 1_000, error: 'busy' });
    expect((await headsOf(store, 'erp', 999)).map(({ id }) => id)).toEqual(['a', 'b']);
    expect((await headsOf(store, 'erp', 1_000))[0]).toMatchObject({ id: 'c', attempts: 1, error: 'busy' });
  });

  check('rows of a process that died while sending become unknown, of one system or of all', async (place) => {
    const store = await place.open();
    await put(store, [product('p')]);
    for (const system of ['erp', 'shop']) for (const row of await headsOf(store, system)) await send(store, row);
    await store.close();
    const next = await place.open();
    expect(await headsOf(next)).toEqual([]);
    expect(await next.outboxRecover('erp')).toBe(1);
    expect(await headsOf(next)).toMatchObject([{ id: 'p', state: 'unknown', payload: { sent: 'p' } }]);
    expect(await headsOf(next, 'shop')).toEqual([]);
    expect(await next.outboxRecover()).toBe(1);
    expect(await next.outboxRecover()).toBe(0);
    expect(await headsOf(next, 'shop')).toMatchObject([{ state: 'unknown' }]);
  });

  check('a lane is in flight while its row is sent or unknown', async (place) => {
    const store = await place.open();
    const key = { datastore: 'product', id: 'p' };
    const links = { system: 'erp', stream: 'products', keys: [] };
    const inFlight = async (parts = {}) => {
      const request = { scope: SCOPE, documents: [key], links: { ...links, ...parts } };
      return (await store.write(request, (current) => ({ result: current.inFlight(key) }))).result;
    };
    await put(store, [product('p')]);
    const row = await onlyHead(store);
    expect(await inFlight()).toBe(false);
    await send(store, row);
    expect(await inFlight()).toBe(true);
    expect(await inFlight({ system: 'shop', stream: 'items' })).toBe(false);
    await settle(store, row, { state: 'unknown' });
    expect(await inFlight()).toBe(true);
    await settle(store, row, { state: 'dead' });
    expect(await inFlight()).toBe(false);
  });
}
