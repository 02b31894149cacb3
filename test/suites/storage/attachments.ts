import type { RxAttachmentWriteData } from 'rxdb';
import { expect } from 'vitest';
import { attachmentSchema, insert, item, next, type StoredItem, write } from './item.ts';
import type { Instance } from './place.ts';
import type { Check } from './test-case.ts';

/** Attachments: Blobs stored beside the documents, addressed by name and digest. */
export function attachmentTests(check: Check): void {
  check('stores an attachment and returns its bytes and type', async ({ open }) => {
    const instance = await open({ schema: attachmentSchema });
    const document = withAttachments(item('a'), { 'photo 1.png': data('one', 'd1'), empty: data('', 'd0') });
    await insert(instance, [document]);
    const blob = await instance.getAttachmentData('a', 'photo 1.png', 'd1');
    expect([await blob.text(), blob.type]).toEqual(['one', 'text/plain']);
    expect((await instance.getAttachmentData('a', 'empty', 'd0')).size).toBe(0);
    const [stored] = await instance.findDocumentsById(['a'], false);
    expect(stored?._attachments['photo 1.png']).toEqual({ digest: 'd1', length: 3, type: 'text/plain' });
  });

  check('keeps attachments after reopening', async ({ open }) => {
    const before = await open({ schema: attachmentSchema });
    await insert(before, [withAttachments(item('a'), { one: data('one', 'd1') })]);
    await before.close();
    const after = await open({ schema: attachmentSchema });
    expect(await text(after, 'one', 'd1')).toBe('one');
  });

  check('replaces, keeps and drops attachments as the next revision says', async ({ open }) => {
    const instance = await open({ schema: attachmentSchema });
    const document = withAttachments(item('a'), {
      kept: data('kept', 'd1'),
      replaced: data('old', 'd2'),
      dropped: data('dropped', 'd3'),
    });
    await insert(instance, [document]);
    const [previous] = await instance.findDocumentsById(['a'], false);
    if (!previous) throw new Error('not stored');
    const { kept } = previous._attachments;
    const document2 = withAttachments(next(previous), { kept, replaced: data('new', 'd4') });
    await write(instance, [{ previous, document: document2 }]);
    expect(await text(instance, 'kept', 'd1')).toBe('kept');
    expect(await text(instance, 'replaced', 'd4')).toBe('new');
    await expect(text(instance, 'dropped', 'd3')).rejects.toThrow();
  });

  check('drops the attachments of a deleted document', async ({ open }) => {
    const instance = await open({ schema: attachmentSchema });
    await insert(instance, [withAttachments(item('a'), { one: data('one', 'd1') })]);
    const [previous] = await instance.findDocumentsById(['a'], false);
    if (!previous) throw new Error('not stored');
    await write(instance, [{ previous, document: next(previous, { _deleted: true, _attachments: {} }) }]);
    await expect(text(instance, 'one', 'd1')).rejects.toThrow();
  });

  check('refuses an attachment under another name', async ({ open }) => {
    const instance = await open({ schema: attachmentSchema });
    await insert(instance, [withAttachments(item('a'), { one: data('one', 'd1') })]);
    await expect(text(instance, 'two', 'd1')).rejects.toThrow();
  });

  check('refuses an attachment with another digest', async ({ open }) => {
    const instance = await open({ schema: attachmentSchema });
    await insert(instance, [withAttachments(item('a'), { one: data('one', 'd1') })]);
    await expect(text(instance, 'one', 'd2')).rejects.toThrow();
  });

  check('refuses a document with an attachment that has no data', async ({ open }) => {
    const instance = await open({ schema: attachmentSchema });
    const stub = { digest: 'd1', length: 3, type: 'text/plain' };
    const { error } = await instance.bulkWrite([{ document: withAttachments(item('a'), { one: stub }) }], 'test');
    expect(error).toMatchObject([{ status: 510, documentId: 'a', attachmentId: 'one' }]);
    expect(await instance.findDocumentsById(['a'], true)).toEqual([]);
  });

  check('tells nothing of a document refused for a missing attachment', async ({ open }) => {
    const instance = await open({ schema: attachmentSchema });
    const told: string[] = [];
    instance.changeStream().subscribe((bulk) => told.push(...bulk.events.map((event) => event.documentId)));
    const stub = { digest: 'd1', length: 3, type: 'text/plain' };
    await instance.bulkWrite(
      [{ document: withAttachments(item('a'), { one: stub }) }, { document: item('b') }],
      'test',
    );
    expect(told).toEqual(['b']);
  });

  check('keeps the order of writes whose attachments take time to read', async ({ open }) => {
    const instance = await open({ schema: attachmentSchema });
    const first = item('a');
    const document = withAttachments(first, { one: data('x'.repeat(1_000_000), 'd1') });
    const insertion = instance.bulkWrite([{ document }], 'test');
    const update = instance.bulkWrite([{ previous: first, document: next(first, { age: 7 }) }], 'test');
    expect((await insertion).error).toEqual([]);
    expect((await update).error).toEqual([]);
    expect((await instance.findDocumentsById(['a'], false))[0]?.age).toBe(7);
  });

  check('tells attachments without their data', async ({ open }) => {
    const instance = await open({ schema: attachmentSchema });
    const told: StoredItem[] = [];
    instance.changeStream().subscribe((bulk) => told.push(...bulk.events.map((event) => event.documentData)));
    await insert(instance, [withAttachments(item('a'), { one: data('one', 'd1') })]);
    expect(told[0]?._attachments).toEqual({ one: { digest: 'd1', length: 3, type: 'text/plain' } });
  });
}

function data(content: string, digest: string): RxAttachmentWriteData {
  const blob = new Blob([content], { type: 'text/plain' });
  return { data: blob, digest, length: blob.size, type: 'text/plain' };
}

function withAttachments(document: StoredItem, attachments: Record<string, unknown>): StoredItem {
  return { ...document, _attachments: attachments as StoredItem['_attachments'] };
}

async function text(instance: Instance, name: string, digest: string): Promise<string> {
  return (await instance.getAttachmentData('a', name, digest)).text();
}
