import { customers } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { customer, openPlace, sync } from '../support/copies.ts';
import { writeThere } from '../support/sync.ts';

type Place = Awaited<ReturnType<typeof openPlace>>;
type Rejected = readonly { readonly document: object | null }[];

const inserted = { ...customer('new'), phone: 'before the copy' };

/** Copies a replica that has inserted "new" and not pushed it. */
async function copyWithInsert(place: Place): Promise<void> {
  {
    await using original = await place.open('original');
    await sync(original);
    await original.stores.customer.insert(inserted);
  }
  await place.copy('original', 'copy');
}

test('a copy that deletes what its original had inserted does not delete what the original made of it since, unseen', async () => {
  await using place = await openPlace();
  await copyWithInsert(place);
  {
    await using original = await place.open('original');
    await original.stores.customer.findOne('new').incrementalPatch({ phone: 'of the original' });
    await sync(original);
  }
  await using copy = await place.open('copy');
  await copy.stores.customer.findOne('new').remove();
  await sync(copy);
  expect(await place.customer('new')).toEqual({ ...inserted, phone: 'of the original' });
  const rejected: Rejected = await firstValueFrom(copy.stores.rejected$);
  expect(rejected.map(({ document }) => document)).toEqual([inserted, null]);
  expect(await copy.stores.customer.findOne('new').exec()).toMatchObject({ phone: 'of the original' });
});

test('nor what others had inserted, where the insert of its original is merged with that', async () => {
  await using place = await openPlace();
  await copyWithInsert(place);
  await writeThere(place.server.store, customers, [{ ...customer('new'), email: 'others@x.example' }]);
  await using copy = await place.open('copy');
  await copy.stores.customer.findOne('new').remove();
  await sync(copy);
  expect(await place.customer('new')).toMatchObject({ phone: 'before the copy', email: 'others@x.example' });
  expect(await firstValueFrom(copy.stores.rejected$)).toMatchObject([{ id: 'new', document: null }]);
  expect(await copy.stores.customer.findOne('new').exec()).toMatchObject({ email: 'others@x.example' });
});

test('a copy that inserts anew what its original had deleted is merged with what others have changed, and replaces it nowhere in silence', async () => {
  await using place = await openPlace();
  {
    await using original = await place.open('original');
    await sync(original);
    await (await original.stores.customer.findOne('c1').exec(true)).remove();
  }
  await place.copy('original', 'copy');
  await writeThere(place.server.store, customers, [{ ...customer('c1'), phone: 'of others' }]);
  await using copy = await place.open('copy');
  await copy.stores.customer.insert({ ...customer('c1'), name: 'Anew' });
  await sync(copy);
  expect(await place.customer('c1')).toMatchObject({ phone: 'of others', name: 'Anew' });
});

test('a refused edit of the original stays on the list of the copy, whatever becomes of what the copy did since', async () => {
  await using place = await openPlace();
  {
    await using original = await place.open('original');
    await sync(original);
    await original.stores.customer.findOne('c1').incrementalPatch({ phone: 'before the copy' });
  }
  await place.copy('original', 'copy');
  await writeThere(place.server.store, customers, [{ id: 'c1', gone: true }]);
  await using copy = await place.open('copy');
  await copy.stores.customer.findOne('c1').remove();
  await sync(copy);
  expect(await firstValueFrom(copy.stores.rejected$)).toMatchObject([
    { id: 'c1', code: 'DOCUMENT_DELETED', document: { phone: 'before the copy' } },
  ]);
});
