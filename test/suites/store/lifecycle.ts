import { expect } from 'vitest';
import type { Commit } from '../../../apps/sync-server/src/store/store.ts';
import { edit, follow, notes, product, put, SCOPE } from './edits.ts';
import { link } from './links.ts';
import { headsOf } from './rows.ts';
import type { Check } from './test-case.ts';

/** From opening to closing. */
export function lifecycleTests(check: Check): void {
  check('listeners hear of each commit with the scopes it moved and the systems it has news for', async (place) => {
    const store = await place.open();
    const commits: Commit[] = [];
    const stop = store.onCommit((commit) => commits.push(commit));
    await put(store, [product('a'), edit('b')]);
    await put(store, [product('a')], SCOPE);
    await store.write({ scope: SCOPE }, () => ({ result: 'nothing new' }));
    const at = async (seq: number) => ({ epoch: store.epoch, seq, tag: await store.tagAt(SCOPE, seq) });
    const begin = { epoch: store.epoch, seq: 0, tag: '' };
    const first = { scope: SCOPE, first: 1, after: begin, position: await at(2), datastores: ['product', 'note'] };
    const second = { scope: SCOPE, first: 3, after: await at(2), position: await at(3), datastores: ['product'] };
    expect(commits).toEqual([
      { advances: [first], systems: ['erp', 'shop'] },
      { advances: [second], systems: [] },
    ]);
    stop();
    await put(store, [edit('c')]);
    expect(commits).toHaveLength(2);
  });

  check('writes that share a commit are told of together, without what was undone', async (place) => {
    const store = await place.open();
    const commits: Commit[] = [];
    store.onCommit((commit) => commits.push(commit));
    const refused = store.write({ scope: SCOPE }, () => {
      throw new Error('no');
    });
    await Promise.all([put(store, notes(3)), expect(refused).rejects.toThrow('no'), put(store, [product('p')])]);
    const told = commits.flatMap(({ advances }) => advances);
    expect(told.map(({ first, position }) => [first, position.seq])).toEqual(
      told.length === 1
        ? [[1, 4]]
        : [
            [1, 3],
            [4, 4],
          ],
    );
    expect(told.flatMap(({ datastores }) => datastores)).toEqual(['note', 'product']);
  });

  check('a listener sees what it is told of, and one that throws breaks nobody', async (place) => {
    const store = await place.open();
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const seen: Promise<unknown>[] = [];
    store.onCommit(() => {
      throw new Error('a listener that fails');
    });
    store.onCommit(() => seen.push(store.document(SCOPE, { datastore: 'note', id: 'a' })));
    await put(store, [edit('a')]);
    expect(await Promise.all(seen)).toMatchObject([{ id: 'a' }]);
    expect((await warned).message).toBe('a listener that fails');
  });

  check('everything is there again after closing and opening', async (place) => {
    const before = await place.open();
    await put(before, [...notes(5), product('p'), edit('gone', null)]);
    await before.write({ scope: SCOPE }, () => ({ links: [link('p', 'K1')], result: null }));
    await before.addRechecks([{ system: 'erp', stream: 'products', key: 'K9' }]);
    await before.claimReplica('r1', 'ann');
    const read = async (store: typeof before) => ({
      epoch: store.epoch,
      head: await store.head(SCOPE),
      feed: await follow(store),
      links: await store.links({ system: 'erp', stream: 'products' }),
      outbox: await headsOf(store),
      rechecks: await store.rechecks('erp', 'products', 10),
      summary: await store.summary(),
    });
    const state = await read(before);
    await before.close();
    const after = await place.open();
    expect(await read(after)).toEqual(state);
    expect(await after.claimReplica('r1', 'bob')).toBe(false);
    expect(await put(after, [edit('next')])).toMatchObject([{ seq: 8 }]);
  });

  check('closing finishes the writes that were asked for and refuses later calls', async (place) => {
    const store = await place.open();
    const writes = Array.from({ length: 20 }, (_, at) => put(store, notes(100, `w${at}-`)));
    const closing = store.close();
    const late = put(store, [edit('late')]);
    await expect(late).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await closing;
    await store.close();
    expect((await Promise.all(writes)).flat()).toHaveLength(2_000);
    await expect(store.head(SCOPE)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await expect(store.compact({ before: 0 })).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    const again = await place.open();
    expect((await again.head(SCOPE)).position.seq).toBe(2_000);
  });

  check('a renewed epoch marks every new position and leaves the old versions alone', async (place) => {
    const store = await place.open();
    const other = await place.open();
    const [before] = await put(store, [edit('a')]);
    const old = store.epoch;
    const renewed = await store.renewEpoch();
    expect(renewed).toMatch(/^[\w-]+$/);
    expect(store.epoch).toBe(renewed);
    // Another opening knows it from the database, with whatever it reads next.
    expect((await other.head(SCOPE)).position.epoch).toBe(renewed);
    expect(other.epoch).toBe(renewed);
    expect(renewed).not.toBe(old);
    expect((await store.head(SCOPE)).position).toMatchObject({ epoch: renewed, seq: 1 });
    expect(await store.document(SCOPE, { datastore: 'note', id: 'a' })).toEqual(before);
    expect((await put(other, [edit('b')]))[0]?.version.startsWith(`${renewed}.2.`)).toBe(true);
  });
}
