import { expect } from 'vitest';
import type { KeptRecord } from '../../../apps/sync-server/src/store/kept-record.ts';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { SCOPE } from './edits.ts';
import { link } from './links.ts';
import type { Check } from './test-case.ts';

const STREAM = { system: 'erp', stream: 'products' };
const ALL = { ...STREAM, after: null, limit: 100 };

function kept(key: string, parts: Partial<KeptRecord> = {}): KeptRecord {
  return { ...STREAM, key, record: { name: key }, version: null, digest: null, readAt: 1, ...parts };
}

/** Records as they were read. */
export function keptTests(check: Check): void {
  check('records come back as they were read, in the order of their keys, page by page', async (place) => {
    const store = await place.open();
    const long = { text: 'ä'.repeat(10_000), deep: { list: [1, null, 'x'] } };
    const records = [kept('10'), kept('9', { record: long, version: 'v', digest: 'd', readAt: 7 }), kept('B')];
    await put(store, [...records, kept('other', { stream: 'other' })]);
    expect(await store.kept(ALL)).toEqual(records);
    expect(await store.kept({ ...ALL, limit: 2 })).toEqual(records.slice(0, 2));
    expect(await store.kept({ ...ALL, after: '9' })).toEqual(records.slice(2));
  });

  check(
    'a record that says the same keeps the time at which it was read first, any other takes its place',
    async (place) => {
      const store = await place.open();
      await put(store, [kept('k', { readAt: 1 })]);
      await put(store, [kept('k', { readAt: 2 })]);
      expect(await store.kept(ALL)).toEqual([kept('k', { readAt: 1 })]);
      for (const parts of [{ version: '2' }, { version: '2', digest: 'd' }, { record: { name: 'other' } }]) {
        await put(store, [kept('k', { readAt: 3, ...parts })]);
        expect(await store.kept(ALL)).toEqual([kept('k', { readAt: 3, ...parts })]);
      }
    },
  );

  check('a record goes with its link, and links without one are found', async (place) => {
    const store = await place.open();
    const links = ['A', 'B', 'C'].map((key) => link(`of-${key}`, key));
    await store.write({ scope: SCOPE }, () => ({ links, kept: [kept('A'), kept('B')], result: null }));
    expect(await store.unkept(ALL)).toEqual(['C']);
    await store.write({ scope: SCOPE }, () => ({ links: [link('of-A', 'A', { gone: 5 })], result: null }));
    expect((await store.kept(ALL)).map(({ key }) => key)).toEqual(['B']);
    expect(await store.unkept(ALL)).toEqual(['C']);
  });

  check('all records of a stream can be removed, and no others', async (place) => {
    const store = await place.open();
    const many = Array.from({ length: 1_203 }, (_, index) => kept(`k${index}`));
    await put(store, [...many, kept('k', { stream: 'other' })]);
    expect(await store.forgetKept('erp', 'products')).toBe(1_203);
    expect(await store.kept(ALL)).toEqual([]);
    expect(await store.kept({ ...ALL, stream: 'other' })).toHaveLength(1);
  });
}

async function put(store: Store, records: readonly KeptRecord[]): Promise<void> {
  await store.write({ scope: SCOPE }, () => ({ kept: records, result: null }));
}
