import { firstValueFrom, timeout } from 'rxjs';
import { expect } from 'vitest';
import { insert, item, laterSchema, next, write } from './item.ts';
import type { Instance } from './place.ts';
import { prepared } from './prepared.ts';
import type { Check } from './test-case.ts';

const HOUR = 3_600_000;

/** Opening again, closing, removing, cleaning up, and several instances on the same data. */
export function lifecycleTests(check: Check): void {
  check('finds after reopening what was stored before', async ({ open }) => {
    const before = await open();
    const stored = [item('a'), item('b', { _deleted: true })];
    await insert(before, stored);
    await before.close();
    const after = await open();
    expect(await after.findDocumentsById(['a', 'b'], true)).toEqual(stored);
    const { error } = await after.bulkWrite([{ document: item('a', { _rev: '1-b' }) }], 'test');
    expect(error).toMatchObject([{ status: 409 }]);
  });

  check('can be closed twice and also after removal', async ({ open }) => {
    const closed = await open();
    await Promise.all([closed.close(), closed.close()]);
    await closed.close();
    const removed = await open();
    await removed.remove();
    await removed.close();
  });

  check('refuses everything after it was closed', async ({ open }) => {
    const [instance, other] = [await open(), await open({ collectionName: 'still open' })];
    await insert(instance, [item('a')]);
    await instance.close();
    for (const [name, operation] of operations(instance)) {
      await expect(attempt(operation), name).rejects.toThrow();
    }
    expect(await (await open()).findDocumentsById(['a'], false)).toHaveLength(1);
    await insert(other, [item('b')]);
  });

  check('ends the stream of changes when it is closed', async ({ open }) => {
    const instance = await open();
    let ended = false;
    instance.changeStream().subscribe({ complete: () => (ended = true) });
    await instance.close();
    expect(ended).toBe(true);
  });

  check('removes its documents and no others', async ({ open }) => {
    const [removed, other, later] = [
      await open(),
      await open({ collectionName: 'other' }),
      await open({ schema: laterSchema }),
    ];
    for (const instance of [removed, other, later]) await insert(instance, [item('a')]);
    await removed.remove();
    await expect(attempt(() => removed.bulkWrite([{ document: item('b') }], 'test'))).rejects.toThrow();
    expect(await other.findDocumentsById(['a'], true)).toHaveLength(1);
    expect(await later.findDocumentsById(['a'], true)).toHaveLength(1);
    const again = await open();
    expect(await again.findDocumentsById(['a'], true)).toEqual([]);
    await insert(again, [item('a')]);
  });

  check('purges documents that were deleted long enough ago, and nothing else', async ({ open }) => {
    const instance = await open();
    const now = Date.now();
    const old = { lwt: now - 2 * HOUR };
    await insert(instance, [
      item('deleted long ago', { _deleted: true, _meta: old }),
      item('deleted now', { _deleted: true, _meta: { lwt: now } }),
      item('kept', { _meta: old }),
    ]);
    while (!(await instance.cleanup(HOUR))) await Promise.resolve();
    const left = await instance.findDocumentsById(['deleted long ago', 'deleted now', 'kept'], true);
    expect(left.map((document) => document.id).sort()).toEqual(['deleted now', 'kept']);
    await insert(instance, [item('deleted long ago')]);
  });

  check('shows the writes of one instance to another one', async ({ open }) => {
    const [one, two] = [await open(), await open()];
    const first = item('a');
    await insert(one, [first]);
    const second = next(first, { age: 5 });
    await write(two, [{ previous: first, document: second }]);
    expect(await one.findDocumentsById(['a'], false)).toEqual([second]);
    const { error } = await one.bulkWrite([{ previous: first, document: next(first, { _rev: '2-b' }) }], 'test');
    expect(error).toMatchObject([{ status: 409, documentInDb: second }]);
  });

  check('tells the changes of one instance to another one with multiInstance', async ({ open }) => {
    const [one, two] = [await open({ multiInstance: true }), await open({ multiInstance: true })];
    const other = await open({ multiInstance: true, collectionName: 'other' });
    const strays: unknown[] = [];
    other.changeStream().subscribe((bulk) => strays.push(bulk));
    const told = firstValueFrom(two.changeStream().pipe(timeout(5_000)));
    const document = item('a');
    await insert(one, [document]);
    expect(await told).toMatchObject({ context: 'test', events: [{ operation: 'INSERT', documentData: document }] });
    expect(strays).toEqual([]);
  });
}

function operations(instance: Instance): [string, () => unknown][] {
  return [
    ['bulkWrite', () => instance.bulkWrite([{ document: item('b') }], 'test')],
    ['findDocumentsById', () => instance.findDocumentsById(['a'], true)],
    ['query', () => instance.query(prepared(instance, {}))],
    ['count', () => instance.count(prepared(instance, {}))],
    ['cleanup', () => instance.cleanup(0)],
    ['getAttachmentData', () => instance.getAttachmentData('a', 'b', 'c')],
    ['remove', () => instance.remove()],
  ];
}

/** Some storages throw where the interface says they reject; both refuse. */
async function attempt(operation: () => unknown): Promise<unknown> {
  return operation();
}
