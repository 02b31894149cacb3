import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import { openDatastores } from '@datastores/browser';
import { changeEncryptionKey, type EncryptedDatastores, encryptDatastores } from '@datastores/browser/encryption';
import { customers, orders } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { rawDatabases } from './raw-databases.ts';

const ana = {
  id: 'c1',
  name: 'Ana Openname',
  email: 'ana@secretmail.example',
  notes: 'secretnote',
  status: 'active' as const,
};
const WHOLE: EncryptedDatastores = { customer: 'document' };

function open(name: string, key: string | CryptoKey = 'correct horse', encrypted = WHOLE) {
  const encryption = encryptDatastores({ key, datastores: encrypted });
  return openDatastores({ name, datastores: [customers, orders], encryption });
}

test('nothing of an encrypted document lies on disk, in the journal neither, and it is the same when opened again', async () => {
  const name = randomUUID();
  const first = await open(name);
  await first.customer.insert(ana);
  await first.customer.findOne('c1').incrementalPatch({ phone: 'secretphone' });
  await first.customer.insert({ ...ana, id: 'c2' });
  await first.customer.findOne('c2').remove();
  const seen: (string | undefined)[] = [];
  const subscription = first.customer.findOne('c1').$.subscribe((document) => seen.push(document?.notes));
  await first.customer.findOne('c1').incrementalPatch({ notes: 'secretchange' });
  await expect.poll(() => seen.at(-1)).toBe('secretchange');
  subscription.unsubscribe();
  expect(await firstValueFrom(first.unpushed$)).toBe(2);
  await first.close();

  const raw = await rawDatabases();
  // The id, and what an index has to compare.
  expect(raw).toContain('Ana Openname');
  for (const text of ['secretmail', 'secretnote', 'secretphone', 'secretchange']) {
    expect(raw.includes(text), text).toBe(false);
  }
  const second = await open(name);
  expect((await second.customer.findOne('c1').exec())?.toJSON()).toEqual({
    ...ana,
    phone: 'secretphone',
    notes: 'secretchange',
  });
  expect(await second.customer.findOne('c2').exec()).toBeNull();
  expect(await firstValueFrom(second.unpushed$)).toBe(2);
  await second.close();
});

test('of single fields only these are encrypted, and search finds them without storing its index', async () => {
  const name = randomUUID();
  const stores = await open(name, 'k', { customer: ['email', 'notes'] });
  await stores.customer.insert(ana);
  await expect
    .poll(async () => (await stores.search('customer', 'secretnote').exec()).hits.map(({ document }) => document.id))
    .toEqual(['c1']);
  const raw = await rawDatabases();
  expect(raw).toContain('Ana Openname');
  expect(raw).not.toContain('secretmail');
  expect(raw).not.toContain('secretnote');
  expect((await indexedDB.databases()).map((database) => database.name)).not.toContain(
    `datastores-search--${name}--customer`,
  );
  expect(await stores.customer.find({ selector: { name: 'Ana Openname' } }).exec()).toHaveLength(1);
  await stores.close();
});

test('a wrong passphrase is refused, changes nothing, and the right one opens afterwards', async () => {
  const name = randomUUID();
  const first = await open(name);
  await first.customer.insert(ana);
  await first.close();
  const before = await rawDatabases();

  await expect(open(name, 'wrong')).rejects.toMatchObject({ code: 'ENCRYPTION_KEY_WRONG' });
  await expect(openDatastores({ name, datastores: [customers, orders] })).rejects.toMatchObject({
    code: 'ENCRYPTION_KEY_MISSING',
  });
  await expect(changeEncryptionKey({ name, from: 'wrong', to: 'new' })).rejects.toMatchObject({
    code: 'ENCRYPTION_KEY_WRONG',
  });
  expect(await rawDatabases()).toBe(before);
  const second = await open(name);
  expect((await second.customer.findOne('c1').exec())?.name).toBe(ana.name);
  await second.close();
});

test('the passphrase changes without a document being written, to a key of the application as well', async () => {
  const name = randomUUID();
  const first = await open(name);
  await first.customer.insert(ana);
  const documents = (raw: string) => raw.split('\n').filter((line) => line.includes('~sealed'));
  const before = documents(await rawDatabases());

  await changeEncryptionKey({ name, from: 'correct horse', to: 'battery staple' });
  await first.customer.findOne('c1').incrementalPatch({ notes: 'written by the tab that stayed open' });
  await first.close();
  await expect(open(name)).rejects.toMatchObject({ code: 'ENCRYPTION_KEY_WRONG' });
  const key = await crypto.subtle.generateKey({ name: 'AES-KW', length: 256 }, false, ['wrapKey', 'unwrapKey']);
  const between = documents(await rawDatabases());
  await changeEncryptionKey({ name, from: 'battery staple', to: key });
  expect(before.length).toBeGreaterThan(0);
  expect(documents(await rawDatabases())).toEqual(between);

  const second = await open(name, key);
  expect((await second.customer.findOne('c1').exec())?.notes).toBe('written by the tab that stayed open');
  await second.close();
  await expect(changeEncryptionKey({ name: randomUUID(), from: 'a', to: 'b' })).rejects.toMatchObject({
    code: 'ENCRYPTION_KEY_MISSING',
  });
});

test('a value is sealed under another nonce each time, and opens only where it was sealed', async () => {
  const name = randomUUID();
  // Of all storages this one shows best what lies where.
  const encryption = encryptDatastores({ key: 'k', datastores: { customer: ['notes'] } });
  const openHere = () => openDatastores({ name, datastores: [customers, orders], storage: 'dexie', encryption });
  const stores = await openHere();
  await stores.customer.insert(ana);
  await stores.customer.insert({ ...ana, id: 'c2' });
  await stores.close();
  const database = (await indexedDB.databases()).find(
    (one) => one.name?.includes(name) && one.name.endsWith('customer'),
  );
  const opened = await new Promise<IDBDatabase>((resolve) => {
    const asked = indexedDB.open(database?.name ?? '');
    asked.onsuccess = () => resolve(asked.result);
  });
  const store = opened.transaction('docs', 'readwrite').objectStore('docs');
  const rows = await new Promise<Record<string, Record<string, string>>[]>((resolve) => {
    const asked = store.getAll();
    asked.onsuccess = () => resolve(asked.result);
  });
  const sealed = rows.map((row) => row['~sealed']?.['notes']);
  expect(sealed).toHaveLength(2);
  expect(sealed[0]).not.toBe(sealed[1]);
  await new Promise((resolve) => {
    store.put({ ...rows[0], '~sealed': rows[1]?.['~sealed'] }).onsuccess = resolve;
  });
  opened.close();

  const again = await openHere();
  await expect(again.customer.findOne('c1').exec()).rejects.toMatchObject({ code: 'DECRYPTION_FAILED' });
  expect((await again.customer.findOne('c2').exec())?.notes).toBe('secretnote');
  await again.close();
});

test('what cannot be encrypted, asked for, or changed afterwards is refused with the reason', async () => {
  const refused = async (encrypted: EncryptedDatastores, key: string | CryptoKey, message: RegExp) =>
    expect(open(randomUUID(), key, encrypted)).rejects.toThrow(message);
  await refused({ customer: ['id'] }, 'k', /ENCRYPTION_INVALID: .*"id"/);
  await refused({ customer: [customers.indexes[0]?.[0] ?? ''] }, 'k', /ENCRYPTION_INVALID: .*index/);
  await refused({ customer: ['nothing'] }, 'k', /ENCRYPTION_INVALID: .*no field "nothing"/);
  await refused({ customer: [] }, 'k', /ENCRYPTION_INVALID: No field/);
  await refused({ product: 'document' }, 'k', /ENCRYPTION_INVALID: No datastore "product"/);
  await refused(WHOLE, '', /ENCRYPTION_INVALID: The passphrase is empty/);
  const notWrapping = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  await refused(WHOLE, notWrapping, /ENCRYPTION_INVALID: The key is neither/);

  const name = randomUUID();
  const plain = await openDatastores({ name, datastores: [customers, orders] });
  await plain.customer.insert(ana);
  await plain.close();
  await expect(open(name)).rejects.toMatchObject({ code: 'ENCRYPTION_CHANGED' });

  const stores = await open(randomUUID(), 'k', { customer: ['notes'] });
  await stores.customer.insert(ana);
  await expect(stores.customer.find({ selector: { notes: 'secretnote' } }).exec()).rejects.toMatchObject({
    code: 'ENCRYPTED_FIELD',
  });
  await expect(
    stores.customer.count({ selector: { $or: [{ notes: { $exists: true } }] } }).exec(),
  ).rejects.toMatchObject({
    code: 'ENCRYPTED_FIELD',
  });
  await stores.close();
});
