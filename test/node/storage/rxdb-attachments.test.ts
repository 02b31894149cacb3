import { join } from 'node:path';
import { getRxStorageSQLite } from '@datastores/node';
import Database from 'better-sqlite3';
import {
  addRxPlugin,
  createRxDatabase,
  type RxCollection,
  type RxDocument,
  type RxJsonSchema,
  type RxStorage,
} from 'rxdb';
import { RxDBAttachmentsPlugin } from 'rxdb/plugins/attachments';
import { RxDBCleanupPlugin } from 'rxdb/plugins/cleanup';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';

addRxPlugin(RxDBAttachmentsPlugin);
addRxPlugin(RxDBCleanupPlugin);

interface Letter {
  id: string;
  subject?: string;
}

const schema: RxJsonSchema<Letter> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id: { type: 'string', maxLength: 40 }, subject: { type: 'string' } },
  attachments: {},
};

/** A database in a file of its own, which can be opened again. */
function openPlace() {
  const folder = temporaryFolder();
  const filename = join(folder.path, 'letters.db');
  return {
    async open() {
      const storage = getRxStorageSQLite({ filename, durability: 'normal' }) as RxStorage<unknown, unknown>;
      const database = await createRxDatabase<{ letters: RxCollection<Letter> }>({
        name: 'letters',
        storage,
        multiInstance: false,
      });
      const { letters }: { letters: RxCollection<Letter> } = await database.addCollections({ letters: { schema } });
      return { letters, [Symbol.asyncDispose]: async () => void (await database.close()) };
    },
    /** How many attachments the file holds, whoever they belong to. */
    stored(): number {
      const database = new Database(filename, { readonly: true });
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'attachments_*'").pluck().all();
      const counts = tables.map((name) => Number(database.prepare(`SELECT count(*) FROM ${name}`).pluck().get()));
      database.close();
      return counts.reduce((sum, count) => sum + count, 0);
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Every byte there is, many times, so that nothing on the way takes them for text. */
const BYTES = Uint8Array.from({ length: 3_000_001 }, (_, at) => (at * 7 + (at >> 8)) % 256);

function put(letter: RxDocument<Letter>, id: string, content: string | Uint8Array<ArrayBuffer>) {
  const type = typeof content === 'string' ? 'text/plain' : 'application/octet-stream';
  return letter.putAttachment({ id, data: new Blob([content], { type }), type });
}

async function bytesOf(letter: RxDocument<Letter> | null, id: string): Promise<Uint8Array> {
  const blob = await letter?.getAttachment(id)?.getData();
  return new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
}

test('attachments of documents are there after reopening, byte for byte, large and empty ones too', async () => {
  using place = openPlace();
  {
    await using opened = await place.open();
    const letter = await opened.letters.insert({ id: 'a', subject: 'Order 7' });
    await put(letter, 'scan é😀.bin', BYTES);
    await put(letter.getLatest(), 'empty.txt', '');
    await put(letter.getLatest(), 'note.txt', 'first');
    await put(letter.getLatest(), 'note.txt', 'second');
  }
  await using opened = await place.open();
  const letter = await opened.letters.findOne('a').exec(true);
  expect(Buffer.from(await bytesOf(letter, 'scan é😀.bin')).equals(Buffer.from(BYTES))).toBe(true);
  expect(letter.getAttachment('scan é😀.bin')).toMatchObject({
    length: BYTES.length,
    type: 'application/octet-stream',
  });
  expect((await bytesOf(letter, 'empty.txt')).length).toBe(0);
  expect(await letter.getAttachment('note.txt')?.getStringData()).toBe('second');
  expect(
    letter
      .allAttachments()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['empty.txt', 'note.txt', 'scan é😀.bin']);
  expect(place.stored()).toBe(3);
});

test('attachments stay through changes of their document, and are told of live', async () => {
  using place = openPlace();
  await using opened = await place.open();
  const letter: RxDocument<Letter> = await opened.letters.insert({ id: 'a', subject: 'one' });
  const told: string[][] = [];
  letter.allAttachments$.subscribe((all) => told.push(all.map(({ id }) => id).sort()));
  await put(letter, 'kept', 'kept');
  await letter.getLatest().incrementalPatch({ subject: 'two' });
  await letter.getLatest().incrementalModify((data) => ({ ...data, subject: `${data.subject}!` }));
  await put(letter.getLatest(), 'more', 'more');
  const latest = await opened.letters.findOne('a').exec(true);
  expect([latest.subject, await latest.getAttachment('kept')?.getStringData()]).toEqual(['two!', 'kept']);
  await latest.getAttachment('more')?.remove();
  expect((await firstValueFrom(latest.getLatest().allAttachments$)).map(({ id }) => id)).toEqual(['kept']);
  expect(told).toContainEqual(['kept', 'more']);
  expect(place.stored()).toBe(1);
});

test('nothing of an attachment is left when it, its document or its collection is removed', async () => {
  using place = openPlace();
  await using opened = await place.open();
  const inserted = await opened.letters.bulkInsert(['a', 'b', 'c'].map((id) => ({ id })));
  for (const letter of inserted.success) await put(letter, 'one', letter.id);
  expect(place.stored()).toBe(3);
  await (await opened.letters.findOne('a').exec(true)).getAttachment('one')?.remove();
  expect(place.stored()).toBe(2);
  await (await opened.letters.findOne('b').exec(true)).remove();
  await opened.letters.cleanup(0);
  expect(place.stored()).toBe(1);
  expect(await (await opened.letters.findOne('c').exec(true)).getAttachment('one')?.getStringData()).toBe('c');
  await opened.letters.remove();
  expect(place.stored()).toBe(0);
});

test('a document that is inserted again after its removal does not get its old attachments back', async () => {
  using place = openPlace();
  await using opened = await place.open();
  await put(await opened.letters.insert({ id: 'a' }), 'old', 'old');
  await (await opened.letters.findOne('a').exec(true)).remove();
  const again = await opened.letters.insert({ id: 'a' });
  expect(again.allAttachments()).toEqual([]);
  await put(again, 'new', 'new');
  expect(place.stored()).toBe(1);
  expect(await (await opened.letters.findOne('a').exec(true)).getAttachment('new')?.getStringData()).toBe('new');
});

test('attachments put at once by several callers are all kept', async () => {
  using place = openPlace();
  await using opened = await place.open();
  const letter = await opened.letters.insert({ id: 'a' });
  const names = Array.from({ length: 12 }, (_, at) => `part ${at}`);
  await Promise.all(names.map((name) => put(letter, name, name.repeat(10_000))));
  const latest = await opened.letters.findOne('a').exec(true);
  for (const name of names) expect(await latest.getAttachment(name)?.getStringData(), name).toBe(name.repeat(10_000));
});
