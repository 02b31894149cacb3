import { expect } from 'vitest';
import { product, put, SCOPE } from './edits.ts';
import { link } from './links.ts';
import { headsOf, onlyHead, send, settle } from './rows.ts';
import type { Check } from './test-case.ts';

const STREAM = { system: 'erp', stream: 'products' };
const FROM_ERP = { from: STREAM };

/** Links beside their documents, and documents without one. */
export function linkedTests(check: Check): void {
  check('links come with their documents in the order of keys by code point, in ranges', async (place) => {
    const store = await place.open();
    const keys = ['A', 'B', 'a', 'é', '漢', '😀'];
    await put(store, [...keys.map((key) => product(`of-${key}`, { key }, FROM_ERP)), product('of-gone', {}, FROM_ERP)]);
    const links = [...keys.map((key) => link(`of-${key}`, key, { digest: `1:${key}` })), link('none', 'z')];
    await store.write({ scope: SCOPE }, () => ({
      links: [...links, link('of-gone', 'C', { gone: 1 }), link('pending', null)],
      result: null,
    }));
    const all = await store.linked(STREAM);
    expect(all.map(({ link: { key } }) => key)).toEqual(['A', 'B', 'a', 'z', 'é', '漢', '😀']);
    expect(all[0]).toMatchObject({ link: links[0], lane: 'clear', waits: false });
    expect(all[0]?.document).toEqual(await store.document(SCOPE, { datastore: 'product', id: 'of-A' }));
    expect(all[3]?.document).toBeNull();
    const keysOf = async (query: object) => (await store.linked({ ...STREAM, ...query })).map((row) => row.link.key);
    expect(await keysOf({ from: 'B', to: 'é' })).toEqual(['B', 'a', 'z']);
    expect(await keysOf({ from: 'B\u0000', limit: 2 })).toEqual(['a', 'z']);
    expect(await keysOf({ keys: ['é', 'C', 'nobody', 'é'] })).toEqual(['é']);
  });

  check('what is on the way of a linked document, or waits to be read, is told with it', async (place) => {
    const store = await place.open();
    const ids = ['clear', 'marked', 'sent', 'dead'];
    await store.write({ scope: SCOPE }, () => ({
      links: ids.map((id) => link(id, `key-${id}`)),
      recheck: [{ ...STREAM, key: 'key-clear' }],
      result: null,
    }));
    await put(store, [product('clear', {}, FROM_ERP), product('sent')]);
    await send(store, await onlyHead(store));
    await put(store, [product('dead')]);
    const dead = (await headsOf(store)).find(({ id }) => id === 'dead');
    if (!dead) throw new Error('there is no row');
    await send(store, dead);
    await settle(store, dead, { state: 'dead' });
    await put(store, [product('marked'), product('dead', { again: 1 })]);
    const rows = await store.linked(STREAM);
    expect(rows.map(({ link: { id }, lane, waits }) => [id, lane, waits])).toEqual([
      ['clear', 'clear', true],
      ['dead', 'held', false],
      ['marked', 'pending', false],
      ['sent', 'pending', false],
    ]);
    expect((await store.linked({ ...STREAM, keys: ['key-dead'] }))[0]?.lane).toBe('held');
  });

  check('documents that no record is known of are listed by scope and id, deleted ones not', async (place) => {
    const store = await place.open();
    await put(
      store,
      ['p1', 'p2', 'p3', 'p4', 'p5'].map((id) => product(id, {}, FROM_ERP)),
    );
    await put(store, [product('p5', null, FROM_ERP)]);
    await put(store, [product('p0', {}, FROM_ERP)], 'tenant-2');
    const gone = link('p3', 'K3', { gone: 7 });
    await store.write({ scope: SCOPE }, () => ({ links: [link('p1', 'K1'), link('p2', null), gone], result: null }));
    const about = { ...STREAM, datastore: 'product', limit: 2 };
    const first = await store.unlinked({ ...about, after: null });
    expect(first.map(({ document, link: of }) => [document.scope, document.id, of?.gone])).toEqual([
      [SCOPE, 'p2', null],
      [SCOPE, 'p3', 7],
    ]);
    const rest = await store.unlinked({ ...about, after: { scope: SCOPE, id: 'p3' } });
    expect(rest.map(({ document, link: of, lane }) => [document.scope, document.id, of, lane])).toEqual([
      [SCOPE, 'p4', null, 'clear'],
      ['tenant-2', 'p0', null, 'clear'],
    ]);
    expect(await store.unlinked({ ...about, datastore: 'note', after: null })).toEqual([]);
  });

  check('a stream is told of a document that did not change, once, and nobody else is', async (place) => {
    const store = await place.open();
    await put(store, [product('p', {}, FROM_ERP)]);
    const others = await headsOf(store, 'shop');
    const { position } = await store.head(SCOPE);
    const told: (readonly string[])[] = [];
    const stop = store.onCommit(({ systems }) => told.push(systems));
    const tell = [{ ...STREAM, datastore: 'product', id: 'p' }];
    for (let times = 0; times < 2; times += 1) await store.write({ scope: SCOPE }, () => ({ tell, result: null }));
    stop();
    expect(await onlyHead(store)).toMatchObject({ id: 'p', state: 'ready' });
    expect(await headsOf(store, 'shop')).toEqual(others);
    expect((await store.head(SCOPE)).position).toEqual(position);
    expect(told.flat()).toEqual(['erp']);
  });
}
