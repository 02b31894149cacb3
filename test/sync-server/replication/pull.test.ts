import type { Checkpoint } from '@datastores/core/protocol';
import type { Datastore } from '@datastores/core/schema';
import { defineDatastore } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import { callerOf, headerOf, insertRow, openService, pullPage, pushRows } from './test-service.ts';
import { things } from './thing.ts';

const other = defineDatastore({
  name: 'other',
  schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } as const,
});

/** A service with some documents in the scopes a, b and c, and others of another datastore between them. */
async function openFilled() {
  const at = await openService([things, other]);
  const wireOf = (scope: string, datastore: Datastore = things) => ({
    service: at.service,
    caller: callerOf('ana', [scope]),
    datastore,
    replica: 'replica-ana',
  });
  for (const [scope, count] of Object.entries({ a: 5, b: 0, c: 3 })) {
    for (let n = 0; n < count; n += 1) {
      await pushRows(wireOf(scope), [insertRow({ id: `${scope}${n}`, name: 'x'.repeat(100) })]);
      await pushRows(wireOf(scope, other), [insertRow({ id: `o${n}`, name: 'other' })]);
    }
  }
  return { ...at, wireOf, all: { ...wireOf('a'), caller: callerOf('ana', ['c', 'a', 'b']) } };
}

test.each([1, 2, 3, 5, 7, 8, 9])(
  'pages of %i rows bring every document once, and the last one says so',
  async (maxRows) => {
    await using at = await openFilled();
    const ids: string[] = [];
    let checkpoint: Checkpoint | null = null;
    let more = true;
    for (let pages = 0; more; pages += 1) {
      expect(pages).toBeLessThan(10);
      const page = await pullPage(at.all, checkpoint, { maxRows });
      expect(page.rows.length).toBe(Math.min(maxRows, 8 - ids.length));
      ids.push(...page.rows.flatMap((row) => ('doc' in row ? [`${row.s}/${row.doc.id}`] : [])));
      expect(page.remaining > 0).toBe(page.hasMore);
      ({ checkpoint, hasMore: more } = page);
    }
    expect(ids).toEqual(['a/a0', 'a/a1', 'a/a2', 'a/a3', 'a/a4', 'c/c0', 'c/c1', 'c/c2']);
    expect((await pullPage(at.all, checkpoint)).rows).toEqual([]);
  },
);

test('a page closes when it has the bytes it may have', async () => {
  await using at = await openFilled();
  const page = await pullPage(at.all, null, { maxBytes: 300 });
  expect(page.rows.length).toBeLessThan(5);
  expect(page.hasMore).toBe(true);
});

test('a deleted document comes as a deletion, its content does not', async () => {
  await using at = await openFilled();
  const { rows, checkpoint } = await pullPage(at.all);
  const row = rows.find((one) => 'doc' in one && one.doc.id === 'a3');
  await pushRows(at.wireOf('a'), [{ id: 'a3', base: row?.v ?? null, edit: 2, changed: [], was: {}, doc: null }]);
  const page = await pullPage(at.all, checkpoint);
  expect(page.rows).toEqual([{ s: 'a', v: expect.any(String), del: 'a3' }]);
});

test('a scope that the caller lost is dropped, and one that was won comes from the start', async () => {
  await using at = await openFilled();
  const before = await pullPage({ ...at.all, caller: callerOf('ana', ['a']) });
  const after = await pullPage({ ...at.all, caller: callerOf('ana', ['c']) }, before.checkpoint);
  expect(after.dropped).toEqual(['a']);
  expect(Object.keys(after.checkpoint)).toEqual(['c']);
  expect(after.rows).toHaveLength(3);
});

test.each([
  ['epoch', { epoch: 'elsewhere' }],
  ['server-behind', { seq: 999 }],
  ['diverged', { tag: 'another' }],
])(
  'a checkpoint of another history is answered with the reset %s, by pull and by push, and nothing is applied',
  async (reason, wrong) => {
    await using at = await openFilled();
    const { checkpoint } = await pullPage(at.all);
    const forged = { ...checkpoint, a: { ...(checkpoint['a'] as Checkpoint[string]), ...wrong } };
    const reset = { kind: 'reset', scopes: [{ scope: 'a', reason }] };
    const header = headerOf(at.all);
    const pulled = at.service.pull({ ...header, checkpoint: forged, maxRows: 9, maxBytes: 9_999 }, at.all.caller);
    expect(await pulled).toEqual(reset);
    const rows = JSON.stringify([insertRow({ id: 'new', name: 'new' })]);
    const push = { ...header, replica: 'replica-ana', checkpoint: forged, rows };
    expect(await at.service.push(push, at.all.caller)).toEqual(reset);
    expect((await pullPage(at.all, checkpoint)).rows).toEqual([]);
  },
);

test('a pull of everything goes on where tombstones from before its beginning are gone, and not where later ones are', async () => {
  await using at = await openFilled();
  const { rows } = await pullPage(at.wireOf('a'));
  const versionOf = (id: string) => rows.find((one) => 'doc' in one && one.doc.id === id)?.v ?? null;
  const remove = (id: string) =>
    pushRows(at.wireOf('a'), [{ id, base: versionOf(id), edit: 2, changed: [], was: {}, doc: null }]);
  await remove('a4');
  await at.store.compact({ before: Date.now() + 1_000 });
  const pulled: string[] = [];
  let checkpoint: Checkpoint | null = null;
  let first: Checkpoint | null = null;
  for (let more = true; more; ) {
    const page = await pullPage(at.wireOf('a'), checkpoint, { maxRows: 1 });
    pulled.push(...page.rows.flatMap((row) => ('doc' in row ? [row.doc.id] : [])));
    ({ checkpoint, hasMore: more } = page);
    first ??= checkpoint;
  }
  expect(pulled).toEqual(['a0', 'a1', 'a2', 'a3']);
  expect(checkpoint?.['a']).toEqual((await at.store.head('a')).position);

  await remove('a0');
  await at.store.compact({ before: Date.now() + 1_000 });
  const request = { ...headerOf(at.wireOf('a')), maxRows: 9, maxBytes: 9_999, checkpoint: first };
  const reset = { kind: 'reset', scopes: [{ scope: 'a', reason: 'compacted' }] };
  expect(await at.service.pull(request, at.wireOf('a').caller)).toEqual(reset);
});

test('a replica that was away longer than deletions are kept starts over, a new one need not', async () => {
  await using at = await openFilled();
  const early = await pullPage(at.all, null, { maxRows: 1 });
  const { rows } = await pullPage(at.all);
  const row = rows.find((one) => 'doc' in one && one.doc.id === 'a3');
  await pushRows(at.wireOf('a'), [{ id: 'a3', base: row?.v ?? null, edit: 2, changed: [], was: {}, doc: null }]);
  await at.store.compact({ before: Date.now() + 1000 });
  const request = { ...headerOf(at.all), maxRows: 9, maxBytes: 9_999 };
  const answer = await at.service.pull({ ...request, checkpoint: early.checkpoint }, at.all.caller);
  expect(answer).toMatchObject({ kind: 'reset', scopes: [{ scope: 'a', reason: 'compacted' }] });
  expect((await pullPage(at.all)).rows.every((one) => 'doc' in one)).toBe(true);
  const [outcome] = await pushRows(at.wireOf('a'), [
    { id: 'a3', base: row?.v ?? null, edit: 2, changed: ['note'], was: {}, doc: { id: 'a3', name: 'x', note: 'late' } },
  ]);
  expect(outcome).toMatchObject({ is: 'conflict', code: 'DOCUMENT_DELETED', version: null, document: null });
});
