import { expect } from 'vitest';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { edit, follow, notes, product, put, SCOPE } from './edits.ts';
import type { StorePlace } from './place.ts';
import { headsOf } from './rows.ts';
import type { Check } from './test-case.ts';

/** The end of the retention. */
export function compactionTests(check: Check): void {
  check('tombstones older than the retention go, and the floor says so', async (place) => {
    const { store, at } = await openAt(place);
    await at(100, [edit('a'), edit('b'), edit('c')]);
    await at(200, [edit('a', null)]);
    await at(300, [edit('b', null)]);
    const tag = await store.tagAt(SCOPE, 4);
    expect(await store.compact({ before: 300 })).toBe(1);
    expect(await store.head(SCOPE)).toMatchObject({ floor: 4, position: { seq: 5 } });
    expect((await follow(store))[0]).toMatchObject({ floor: 4, rows: [{ id: 'c' }, { id: 'b', deleted: true }] });
    expect(await store.tagAt(SCOPE, 3)).toBeNull();
    expect(await store.tagAt(SCOPE, 4)).toBe(tag);
    expect((await store.summary()).datastores[0]).toEqual({ datastore: 'note', documents: 1, tombstones: 1 });
    expect(await store.compact({ before: 300 })).toBe(0);
  });

  check('a replica that is at the head of an idle scope stays at home there', async (place) => {
    const { store, at } = await openAt(place);
    await at(100, [edit('a'), edit('a', null)]);
    const { position } = await store.head(SCOPE);
    expect(await store.compact({ before: 1_000 })).toBe(1);
    expect(await store.head(SCOPE)).toEqual({ position, floor: 2 });
    expect(await store.tagAt(SCOPE, 2)).toBe(position.tag);
    expect(await at(1_100, [edit('a')])).toMatchObject([{ seq: 3 }]);
  });

  check('more tombstones than one step removes all go', async (place) => {
    const { store, at } = await openAt(place);
    await at(100, notes(1_201));
    await at(
      100,
      notes(1_201).map(({ id }) => edit(id, null)),
    );
    expect(await store.compact({ before: 101 })).toBe(1_201);
    expect((await follow(store))[0]?.rows).toEqual([]);
  });

  check('a tombstone that a system has yet to be told of is kept', async (place) => {
    const { store, at } = await openAt(place);
    await at(100, [product('p'), product('p', null)]);
    expect(await store.compact({ before: 101 })).toBe(0);
    expect(await headsOf(store)).toHaveLength(1);
    expect(await store.document(SCOPE, { datastore: 'product', id: 'p' })).toMatchObject({ deleted: true });
  });

  check('a clock that once stood back does not end the retention of what came after', async (place) => {
    const { store, at } = await openAt(place);
    await at(500, [edit('a'), edit('b')]);
    await at(600, [edit('a', null)]);
    await at(10, [edit('c')]);
    expect(await store.compact({ before: 400 })).toBe(0);
    expect((await store.head(SCOPE)).floor).toBe(0);
  });

  check('decisions and credits end with the retention', async (place) => {
    const { store, at } = await openAt(place);
    const key = { datastore: 'note', id: 'a' };
    await at(100, [edit('a'), edit('a', null)]);
    const decision = { field: 'f', rule: 'server-wins', base: 1, server: 2, proposed: 3, result: 2 };
    const decided = { ...key, kind: 'merged', by: 'r', detail: { decisions: [decision] } } as const;
    await store.write({ scope: SCOPE }, () => ({
      counted: [{ ...key, replica: 'r', base: null, edit: 1, refused: false, amounts: {} }],
      events: [decided],
      result: null,
    }));
    await at(200, []);
    await store.write({ scope: SCOPE }, () => ({ events: [decided], result: null }));
    await store.compact({ before: 200 });
    expect(await store.decisions({ limit: 10 })).toMatchObject([{ at: 200 }]);
    const request = { scope: SCOPE, documents: [key], replica: 'r' };
    const { result } = await store.write(request, (current) => ({ result: [current.counted(key), current.floor] }));
    expect(result).toEqual([null, 2]);
  });
}

async function openAt(place: StorePlace) {
  let now = 0;
  const store: Store = await place.open({ clock: () => now });
  const at = (time: number, documents: Parameters<typeof put>[1]) => {
    now = time;
    return put(store, documents);
  };
  return { store, at };
}
