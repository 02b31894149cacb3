import { getChangedDocumentsSince } from 'rxdb';
import { expect } from 'vitest';
import { insert, item, next, type StoredItem, write } from './item.ts';
import type { Instance } from './place.ts';
import type { Check } from './test-case.ts';

/** getChangedDocumentsSince, through RxDB's own function where a storage leaves it to RxDB. */
export function changesTests(check: Check): void {
  check('lists every document once in pages of every size, also where all have one time', async ({ open }) => {
    const instance = await open();
    const lwt = 1_700_000_000_000;
    const names = Array.from({ length: 13 }, (_, at) => `doc-${(at * 5) % 13}`);
    await insert(
      instance,
      names.map((id) => item(id, { _meta: { lwt }, _deleted: id === 'doc-7' })),
    );
    for (let size = 1; size <= 14; size++) {
      const listed = await drain(instance, size);
      expect(listed.map((document) => document.id).sort(), `pages of ${size}`).toEqual([...names].sort());
    }
  });

  check('lists a document that was written again once, in its current state, behind the others', async ({ open }) => {
    const instance = await open();
    const first = item('a');
    await insert(instance, [first, item('b'), item('c')]);
    const second = next(first, { age: 9 });
    await write(instance, [{ previous: first, document: second }]);
    const listed = await drain(instance, 2);
    expect(listed.map((document) => document.id)).toEqual(['b', 'c', 'a']);
    expect(listed.at(-1)).toEqual(second);
  });

  check('lists what was written after a checkpoint, and after that of an event', async ({ open }) => {
    const instance = await open();
    const checkpoints: unknown[] = [];
    instance.changeStream().subscribe((bulk) => checkpoints.push(bulk.checkpoint));
    await insert(instance, [item('a'), item('b')]);
    const page = await getChangedDocumentsSince(instance, 10, undefined);
    expect(await changedIds(instance, page.checkpoint)).toEqual([]);
    await insert(instance, [item('c')]);
    expect(await changedIds(instance, page.checkpoint)).toEqual(['c']);
    await insert(instance, [item('d'), item('e')]);
    expect(await changedIds(instance, checkpoints[0])).toEqual(['c', 'd', 'e']);
    expect(await changedIds(instance, checkpoints[1])).toEqual(['d', 'e']);
    expect(await changedIds(instance, checkpoints[2])).toEqual([]);
  });

  check('keeps its checkpoint where nothing has changed', async ({ open }) => {
    const instance = await open();
    const empty = await getChangedDocumentsSince(instance, 10, undefined);
    expect(empty.documents).toEqual([]);
    await insert(instance, [item('a')]);
    expect(await changedIds(instance, empty.checkpoint)).toEqual(['a']);
    const page = await getChangedDocumentsSince(instance, 10, empty.checkpoint);
    expect((await getChangedDocumentsSince(instance, 10, page.checkpoint)).checkpoint).toEqual(page.checkpoint);
  });

  check('lists a document written after the clock was set back', async ({ open }) => {
    const instance = await open();
    await insert(instance, [item('a', { _meta: { lwt: 1_700_003_600_000 } })]);
    const { checkpoint } = await getChangedDocumentsSince(instance, 10, undefined);
    await insert(instance, [item('b', { _meta: { lwt: 1_700_000_000_000 } })]);
    expect(await changedIds(instance, checkpoint)).toEqual(['b']);
  });

  check('lists what was written after the newest document was purged', async ({ open }) => {
    const instance = await open();
    await insert(instance, [item('a'), item('b', { _deleted: true })]);
    const { checkpoint } = await getChangedDocumentsSince(instance, 10, undefined);
    while (!(await instance.cleanup(0))) await Promise.resolve();
    expect(await instance.findDocumentsById(['b'], true)).toEqual([]);
    await insert(instance, [item('c')]);
    expect(await changedIds(instance, checkpoint)).toEqual(['c']);
  });
}

async function drain(instance: Instance, size: number): Promise<StoredItem[]> {
  const listed: StoredItem[] = [];
  let checkpoint: unknown;
  for (;;) {
    const page = await getChangedDocumentsSince(instance, size, checkpoint);
    expect(page.documents.length).toBeLessThanOrEqual(size);
    listed.push(...page.documents);
    checkpoint = page.checkpoint;
    if (page.documents.length < size) return listed;
  }
}

async function changedIds(instance: Instance, checkpoint: unknown): Promise<string[]> {
  const page = await getChangedDocumentsSince(instance, 100, checkpoint);
  return page.documents.map((document) => document.id);
}
