import { parseVersion } from '@datastores/core/protocol';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { edit, follow, notes, put, SCOPE } from './edits.ts';
import type { StorePlace } from './place.ts';
import type { Check } from './test-case.ts';

/** Numbers, tags and versions: the order that pulls rely on. */
export function orderTests(check: Check): void {
  check('documents get consecutive numbers in the order of the plan, whatever their datastore', async (place) => {
    const store = await place.open();
    const first = await put(store, [edit('a'), edit('b', {}, { datastore: 'order' }), edit('c')]);
    const second = await put(store, [edit('a')]);
    expect([...first, ...second].map(({ id, seq }) => [id, seq])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['a', 4],
    ]);
  });

  check('a version names epoch, number and commit, and never comes twice', async (place) => {
    const store = await place.open();
    const written = [];
    for (const value of [1, 2, 1, 2]) written.push(...(await put(store, [edit('a', { value })])));
    expect(new Set(written.map(({ version }) => version)).size).toBe(4);
    for (const { version, seq } of written) {
      expect(parseVersion(version)).toEqual({ epoch: store.epoch, seq, tag: await store.tagAt(SCOPE, seq) });
    }
  });

  check('each commit has a tag of its own, and every number of it answers with that tag', async (place) => {
    const store = await place.open();
    await put(store, notes(3));
    await put(store, notes(2));
    const tags = await Promise.all([1, 2, 3, 4, 5].map((seq) => store.tagAt(SCOPE, seq)));
    expect(tags.map((tag) => tags.indexOf(tag))).toEqual([0, 0, 0, 3, 3]);
    expect(tags[0]).toMatch(/^[\w-]{11}$/);
    expect((await store.head(SCOPE)).position).toEqual({ epoch: store.epoch, seq: 5, tag: tags[4] });
  });

  check('there is no tag above the head, and the empty one at 0', async (place) => {
    const store = await place.open();
    await put(store, notes(1));
    expect(await store.tagAt(SCOPE, 0)).toBe('');
    expect(await store.tagAt(SCOPE, 2)).toBeNull();
    expect(await store.tagAt('never-written', 1)).toBeNull();
    expect(await store.head('never-written')).toEqual({ position: { epoch: store.epoch, seq: 0, tag: '' }, floor: 0 });
  });

  check('scopes have counters and documents of their own', async (place) => {
    const store = await place.open();
    const [one, two] = await Promise.all([
      put(store, [edit('a', { in: 1 })], 'one'),
      put(store, [edit('a', { in: 2 })], 'two'),
    ]);
    expect([one[0]?.seq, two[0]?.seq]).toEqual([1, 1]);
    expect(await store.document('one', { datastore: 'note', id: 'a' })).toMatchObject({ body: '{"id":"a","in":1}' });
    expect(await store.document('two', { datastore: 'note', id: 'a' })).toMatchObject({ body: '{"id":"a","in":2}' });
    expect(await store.document('two', { datastore: 'order', id: 'a' })).toBeNull();
  });

  check('a reader that pages while others write skips nothing, for any page size', async (place) => {
    const stores = [await place.open(), await place.open()];
    let run = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async ({ writers, maxRows, maxBytes }) => {
        const scope = `run-${run++}`;
        let writing = true;
        const writes = Promise.all(
          writers.map((batches, at) => writeAll(stores[at % stores.length] as Store, scope, batches)),
        ).finally(() => {
          writing = false;
        });
        const seen = await readAll(place, { scope, maxRows, maxBytes, isWriting: () => writing });
        await writes;
        const [whole] = await follow(stores[0] as Store, { scope, maxRows: 10_000 });
        expect(seen).toEqual(new Map(whole?.rows.map(({ id, version }) => [id, version])));
        expect((await stores[0]?.head(scope))?.position.seq).toBe(writers.flat(2).length);
      }),
      { numRuns: 25 },
    );
  });
}

const change = fc.record({ id: fc.integer({ min: 0, max: 12 }), deleted: fc.boolean(), size: fc.nat(60) });
const scenario = fc.record({
  writers: fc.array(fc.array(fc.array(change, { minLength: 1, maxLength: 9 }), { maxLength: 8 }), {
    minLength: 1,
    maxLength: 4,
  }),
  maxRows: fc.integer({ min: 1, max: 12 }),
  maxBytes: fc.constantFrom(1, 100, 1_000_000),
});

type Batch = readonly { readonly id: number; readonly deleted: boolean; readonly size: number }[];

async function writeAll(store: Store, scope: string, batches: readonly Batch[]): Promise<void> {
  for (const batch of batches) {
    const documents = batch.map(({ id, deleted, size }) => edit(`d${id}`, deleted ? null : { text: 'x'.repeat(size) }));
    await put(store, documents, scope);
  }
}

interface Reading {
  readonly scope: string;
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly isWriting: () => boolean;
}

/** What a replica knows that pages while others write and once more when they have ended. */
async function readAll(place: StorePlace, { isWriting, ...request }: Reading): Promise<Map<string, string>> {
  const store = await place.open();
  const seen = new Map<string, string>();
  let after = 0;
  for (let last = false; ; ) {
    const page = await store.feed({ ...request, datastore: 'note', after });
    for (const { id, seq, version } of page.rows) {
      expect(seq).toBeGreaterThan(after);
      after = seq;
      seen.set(id, version);
    }
    expect(page.position.seq).toBeGreaterThanOrEqual(after);
    after = page.position.seq;
    if (page.hasMore) {
      expect(page.rows.length, 'a page that is not the last has rows').toBeGreaterThan(0);
      continue;
    }
    if (last) break;
    last = !isWriting();
    await new Promise(setImmediate);
  }
  await store.close();
  return seen;
}
