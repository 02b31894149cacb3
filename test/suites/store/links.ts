import type { JsonObject } from '@datastores/core/schema';
import { expect } from 'vitest';
import type { Link } from '../../../apps/sync-server/src/store/link.ts';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { product, put, SCOPE } from './edits.ts';
import type { Check } from './test-case.ts';

/** A link of a product to a record of the ERP. */
export function link(id: string, key: string | null, parts: Partial<Link> = {}): Link {
  const base: JsonObject = { name: `product ${id}`, tags: ['a', null, 1.5] };
  const stream = {
    system: 'erp',
    stream: 'products',
    recordVersion: null,
    digest: null,
    seen: 0,
    gone: null,
    syncedAt: 0,
  };
  return { scope: SCOPE, datastore: 'product', id, key, ref: `ref-${id}`, base, ...stream, ...parts };
}

/** The memory of what is the same here and there. */
export function linkTests(check: Check): void {
  check('a link comes back as it was written, by its key and by its document', async (place) => {
    const store = await place.open();
    const full = link('p1', 'K1', { recordVersion: 'W/"7"', seen: 4, syncedAt: 1_700_000_000_000 });
    const pending = link('p2', null);
    await putLinks(store, [full, pending]);
    expect(await store.links({ ...STREAM, keys: ['K1', 'K2'] })).toEqual([full]);
    expect(await store.links({ ...STREAM, documents: [full, pending] })).toEqual([full, pending]);
    expect(await store.links({ ...STREAM, keys: ['K1'], documents: [full] })).toEqual([full]);
    expect(await store.links({ ...STREAM, stream: 'other', keys: ['K1'] })).toEqual([]);
  });

  check('a link that is written again is replaced', async (place) => {
    const store = await place.open();
    await putLinks(store, [link('p1', null)]);
    const next = link('p1', 'K1', { base: {}, gone: 9 });
    await putLinks(store, [next]);
    expect(await store.links({ ...STREAM, documents: [next] })).toEqual([next]);
  });

  check('living links are listed in the order of their keys, page by page', async (place) => {
    const store = await place.open();
    const keys = ['10', '9', 'B', 'a', 'ä', '2'];
    await putLinks(store, [
      ...keys.map((key) => link(`of-${key}`, key)),
      link('gone', 'C', { gone: 1 }),
      link('pending', null),
      link('other', '5', { stream: 'other' }),
    ]);
    const listed: string[] = [];
    for (let afterKey = ''; ; ) {
      const page = await store.links({ ...STREAM, afterKey, limit: 2 });
      if (page.length === 0) break;
      listed.push(...page.map(({ key }) => key ?? ''));
      afterKey = listed.at(-1) ?? '';
    }
    expect(listed).toEqual([...keys].sort());
  });

  check('links that a scan did not see are found by its generation', async (place) => {
    const store = await place.open();
    await putLinks(store, [
      link('p1', 'A', { seen: 3 }),
      link('p2', 'B', { seen: 4 }),
      link('p3', 'C', { seen: 2, gone: 1 }),
      link('p4', 'D', { seen: 1 }),
    ]);
    expect((await store.links({ ...STREAM, unseenBefore: 4 })).map(({ key }) => key)).toEqual(['A', 'D']);
    expect((await store.links({ ...STREAM, unseenBefore: 4, afterKey: 'A' })).map(({ key }) => key)).toEqual(['D']);
    expect(await store.links({ ...STREAM, unseenBefore: 1 })).toEqual([]);
  });

  check('a write sees the links it names, and the documents behind its keys', async (place) => {
    const store = await place.open();
    const known = link('p1', 'K1');
    await put(store, [product('p1', { name: 'x' }), product('p2')]);
    await putLinks(store, [known]);
    const other = { datastore: 'product', id: 'p2' };
    const request = { scope: SCOPE, documents: [other], links: { ...STREAM, keys: ['K1', 'K2'] } };
    const { result } = await store.write(request, (current) => ({
      result: {
        byKey: current.linkByKey('K1'),
        absent: current.linkByKey('K2'),
        behind: current.document(known)?.body,
        ofBehind: current.linkOf(known),
        ofOther: current.linkOf(other),
      },
    }));
    expect(result).toEqual({
      byKey: known,
      absent: null,
      behind: '{"id":"p1","name":"x"}',
      ofBehind: known,
      ofOther: null,
    });
  });

  check('two living documents cannot be linked to one record', async (place) => {
    const store = await place.open();
    await putLinks(store, [link('p1', 'K1')]);
    await expect(putLinks(store, [link('p2', 'K1')])).rejects.toMatchObject({ code: 'LINK_TAKEN', retryable: false });
    expect(await store.links({ ...STREAM, keys: ['K1'] })).toEqual([link('p1', 'K1')]);
  });

  check('a key whose document is gone may be given to another one, which then answers for it', async (place) => {
    const store = await place.open();
    const gone = link('p1', 'K1', { gone: 5 });
    await putLinks(store, [gone]);
    expect(await store.links({ ...STREAM, keys: ['K1'] })).toEqual([gone]);
    await putLinks(store, [link('p2', 'K1')]);
    expect(await store.links({ ...STREAM, keys: ['K1'] })).toEqual([link('p2', 'K1')]);
    const request = { scope: SCOPE, links: { ...STREAM, keys: ['K1'] } };
    const { result } = await store.write(request, (current) => ({ result: current.linkByKey('K1')?.id }));
    expect(result).toBe('p2');
  });

  check('the same id in two scopes has two links, and a write changes only those of its own scope', async (place) => {
    const store = await place.open();
    const there = link('p1', 'K2', { scope: 'tenant-2' });
    await putLinks(store, [link('p1', 'K1')]);
    await store.write({ scope: 'tenant-2' }, () => ({ links: [there], result: null }));
    expect(await store.links({ ...STREAM, documents: [there], scope: 'tenant-2' })).toEqual([there]);
    expect(await store.links({ ...STREAM, documents: [there] })).toHaveLength(2);
    await expect(putLinks(store, [there])).rejects.toThrow('tenant-2');
  });
}

const STREAM = { system: 'erp', stream: 'products' };

async function putLinks(store: Store, links: readonly Link[]): Promise<void> {
  await store.write({ scope: SCOPE }, () => ({ links, result: null }));
}
