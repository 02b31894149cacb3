import { expect } from 'vitest';
import type { Commit } from '../../../apps/sync-server/src/store/store.ts';
import { product, put, SCOPE } from './edits.ts';
import { headsOf, onlyHead, send, settle } from './rows.ts';
import type { Check } from './test-case.ts';

/** What happens between the reading of a row and the writing of it. */
export function outboxRaceTests(check: Check): void {
  check('an edit between the making of a payload and its freezing is not lost', async (place) => {
    const store = await place.open();
    const [first] = await put(store, [product('p', { price: 1 })]);
    const row = await onlyHead(store);
    await put(store, [product('p', { price: 2 })]);
    const commits: Commit[] = [];
    store.onCommit((commit) => commits.push(commit));
    await send(store, row, first?.version);
    expect(commits).toEqual([{ advances: [], systems: ['erp'] }]);
    await settle(store, row, { state: 'done' });
    const next = await onlyHead(store);
    expect(next).toMatchObject({ id: 'p', state: 'ready', payload: null });
    expect(next.writeId).not.toBe(row.writeId);
  });

  check('a payload of the newest state leaves no row behind', async (place) => {
    const store = await place.open();
    await put(store, [product('p')]);
    const row = await onlyHead(store);
    await send(store, row);
    await settle(store, row, { state: 'done' });
    expect(await headsOf(store)).toEqual([]);
  });

  check('a mark that is judged on an older state stays', async (place) => {
    const store = await place.open();
    const [first] = await put(store, [product('p', { price: 1 })]);
    const row = await onlyHead(store);
    const [second] = await put(store, [product('p', { price: 2 })]);
    await settle(store, row, { state: 'done', version: first?.version ?? null });
    expect(await onlyHead(store)).toEqual(row);
    await settle(store, row, { state: 'done', version: second?.version ?? null });
    expect(await headsOf(store)).toEqual([]);
  });

  check('a write that settles a mark and changes its document leaves a new mark', async (place) => {
    const store = await place.open();
    await put(store, [product('p')]);
    const row = await onlyHead(store);
    const done = { seq: row.seq, state: 'done', attempts: 0, notBefore: 0, error: null } as const;
    await store.write({ scope: SCOPE }, () => ({ settle: [done], documents: [product('p')], result: null }));
    expect((await onlyHead(store)).seq).toBeGreaterThan(row.seq);
  });

  check('sending is refused as a whole if one row may not be sent any more', async (place) => {
    const store = await place.open();
    await put(store, [product('p'), product('q')]);
    const [p, q] = await headsOf(store);
    if (p === undefined || q === undefined) throw new Error('The outbox has not two rows.');
    await send(store, q);
    const sends = [p, q].map(({ seq }) => ({ seq, payload: null, version: null }));
    await expect(store.outboxSend(sends)).rejects.toMatchObject({ code: 'OUTBOX_STALE', retryable: false });
    expect(await headsOf(store)).toEqual([p]);
    await settle(store, q, { state: 'done' });
    await expect(store.outboxSend(sends)).rejects.toMatchObject({ code: 'OUTBOX_STALE' });
  });

  check('a row that goes back to ready takes in the mark behind it', async (place) => {
    const store = await place.open();
    await put(store, [product('p')]);
    const row = await onlyHead(store);
    await send(store, row);
    await put(store, [product('p', { newer: true })]);
    await settle(store, row, { state: 'ready', attempts: 1, notBefore: 50, error: 'locked' });
    const ready = { ...row, attempts: 1, notBefore: 50, error: 'locked' };
    expect(await onlyHead(store)).toEqual(ready);
    await settle(store, row, { state: 'done' });
    expect(await headsOf(store)).toEqual([]);
  });

  check('settling twice is settling once', async (place) => {
    const store = await place.open();
    await put(store, [product('p')]);
    const row = await onlyHead(store);
    await send(store, row);
    await settle(store, row, { state: 'done' });
    await put(store, [product('p', { newer: true })]);
    await settle(store, row, { state: 'done' });
    await settle(store, row, { state: 'dead' });
    expect(await onlyHead(store)).toMatchObject({ id: 'p', state: 'ready' });
  });

  check('a row of another scope cannot be settled, since its scope is not locked', async (place) => {
    const store = await place.open();
    await put(store, [product('p')], 'tenant-2');
    const row = await onlyHead(store);
    await expect(settle(store, row, { state: 'done' })).rejects.toThrow('tenant-2');
    expect(await onlyHead(store)).toEqual(row);
  });
}
