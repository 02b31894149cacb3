import { expect } from 'vitest';
import type { FeedDocument, StoredDocument } from '../../../apps/sync-server/src/store/document.ts';
import { edit, follow, notes, put, SCOPE } from './edits.ts';
import type { Check } from './test-case.ts';

/** What a page of a feed holds. */
export function feedTests(check: Check): void {
  check('pages may end inside a commit and join without gap or repeat', async (place) => {
    const store = await place.open();
    await put(store, notes(10));
    const pages = await follow(store, { maxRows: 3 });
    expect(pages.map(({ rows }) => rows.map(({ seq }) => seq))).toEqual([[1, 2, 3], [4, 5, 6], [7, 8, 9], [10]]);
    expect(pages.map(({ hasMore }) => hasMore)).toEqual([true, true, true, false]);
    expect(pages.map(({ remaining }) => remaining)).toEqual([7, 4, 1, 0]);
    const tag = await store.tagAt(SCOPE, 10);
    expect(pages.map(({ position }) => position)).toEqual(
      [3, 6, 9, 10].map((seq) => ({ epoch: store.epoch, seq, tag })),
    );
  });

  check('a page that is exactly full says that nothing more follows', async (place) => {
    const store = await place.open();
    await put(store, notes(3));
    expect(await follow(store, { maxRows: 3 })).toMatchObject([{ hasMore: false, remaining: 0 }]);
  });

  check('pages of any size hold all rows, and say how long their bodies are', async (place) => {
    const store = await place.open();
    const written = await put(store, notes(250));
    for (const maxRows of [99, 100, 101, 199, 200, 249, 250, 251]) {
      const pages = await follow(store, { maxRows });
      const rows = pages.flatMap((page) => page.rows);
      expect(rows.map(({ seq }) => seq)).toEqual(written.map(({ seq }) => seq));
      expect(pages.map((page) => page.rows.length)).toEqual([
        ...Array.from({ length: Math.ceil(250 / maxRows) - 1 }, () => maxRows),
        250 % maxRows || maxRows,
      ]);
      for (const { rows, bytes } of pages) expect(bytes).toBe(Buffer.byteLength(rows.map(({ body }) => body).join('')));
    }
  });

  check('a page ends before its bytes are exceeded, but never without a row', async (place) => {
    const store = await place.open();
    const text = 'ü'.repeat(50);
    const written = await put(
      store,
      ['a', 'b', 'c', 'd'].map((id) => edit(id, { text })),
    );
    const bytes = Buffer.byteLength(written[0]?.body ?? '');
    const sizes = async (maxBytes: number) => (await follow(store, { maxBytes })).map(({ rows }) => rows.length);
    expect(await sizes(2 * bytes)).toEqual([2, 2]);
    expect(await sizes(2 * bytes - 1)).toEqual([1, 1, 1, 1]);
    expect(await sizes(1)).toEqual([1, 1, 1, 1]);
  });

  check('a document that changed again is in the feed once, at its newest number', async (place) => {
    const store = await place.open();
    await put(store, notes(3));
    await put(store, [edit('n00001', { again: true })]);
    const [page] = await follow(store);
    expect(page?.rows.map(({ id, seq }) => [id, seq])).toEqual([
      ['n00000', 1],
      ['n00002', 3],
      ['n00001', 4],
    ]);
  });

  check('the position of an idle datastore moves on with its scope', async (place) => {
    const store = await place.open();
    await put(store, [edit('a')]);
    await put(store, [edit('b', {}, { datastore: 'order' })]);
    const [page] = await follow(store, { datastore: 'note', after: 1 });
    expect(page).toMatchObject({ rows: [], hasMore: false, position: (await store.head(SCOPE)).position });
    expect(page?.position.seq).toBe(2);
  });

  check('a deletion is a row without content, and an insert after it is a document again', async (place) => {
    const store = await place.open();
    await put(store, [edit('a', { secret: 1 })]);
    const [gone] = await put(store, [edit('a', null)]);
    expect(gone).toMatchObject({ deleted: true, body: '{"id":"a"}', seq: 2 });
    expect((await follow(store))[0]?.rows).toEqual([inFeed(gone)]);
    const [back] = await put(store, [edit('a', { here: 1 })]);
    expect((await follow(store))[0]?.rows).toEqual([inFeed(back)]);
    expect(back).toMatchObject({ deleted: false, body: '{"here":1,"id":"a"}' });
  });

  check('every column comes back as it was written', async (place) => {
    const store = await place.open({ clock: () => 1_700_000_000_123 });
    const [insert] = await put(store, [edit('a', { text: '"\\\u0000 ❤' }, { author: '@erp', schemaVersion: 3 })]);
    const [update] = await put(store, [edit('a', {}, { author: 'replica-9', base: insert?.version ?? null })]);
    expect(insert).toMatchObject({ author: '@erp', base: null, schemaVersion: 3, at: 1_700_000_000_123 });
    expect(update).toMatchObject({ author: 'replica-9', base: insert?.version, scope: SCOPE, datastore: 'note' });
    expect(await store.document(SCOPE, { datastore: 'note', id: 'a' })).toEqual(update);
    expect((await follow(store))[0]?.rows).toEqual([inFeed(update)]);
  });

  check('remaining stays a bound where so much follows that it is not counted', async (place) => {
    const store = await place.open();
    for (let at = 0; at < 21; at += 1) await put(store, notes(500, `n${at}-`));
    const page = await store.feed({ scope: SCOPE, datastore: 'note', after: 0, maxRows: 10, maxBytes: 1_000_000 });
    expect(page.remaining).toBeGreaterThanOrEqual(10_490);
    expect(page.remaining).toBeLessThanOrEqual(10_500);
    expect((await follow(store, { after: 9_000, maxRows: 100 }))[0]?.remaining).toBe(1_400);
  });
}

/** What a feed says of a document. */
function inFeed(document: StoredDocument | undefined): FeedDocument | undefined {
  if (document === undefined) return undefined;
  const { id, seq, version, deleted, body, schemaVersion } = document;
  return { id, seq, version, deleted, body, schemaVersion };
}
