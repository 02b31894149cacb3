import { customers } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { customer, editEverything, expectEverythingOnce, openAt, openPlace, sell, sync } from '../../support/copies.ts';
import { settled, writeThere } from '../../support/sync.ts';

test('a copy is a replica of its own, and opening it again does not change it once more', async () => {
  await using place = await openPlace();
  const pushedBy = new Set<string>();
  const { push } = place.server.service;
  Object.assign(place.server.service, {
    push: (...args: Parameters<typeof push>) => {
      pushedBy.add(args[0].replica);
      return push(...args);
    },
  });
  const names: string[][] = [];
  const pushAs = async (name: string, phone: string) => {
    pushedBy.clear();
    await using replica = await place.open(name);
    await sync(replica);
    await replica.stores.customer.findOne('c1').incrementalPatch({ phone });
    await sync(replica);
    names.push([...pushedBy]);
  };
  await pushAs('original', '1');
  await place.copy('original', 'copy');
  await pushAs('copy', '2');
  await pushAs('copy', '3');
  await pushAs('original', '4');
  const [original, copy, again, originalAgain] = names;
  expect(names.map((list) => list.length)).toEqual([1, 1, 1, 1]);
  expect(copy).not.toEqual(original);
  expect(again).toEqual(copy);
  expect(originalAgain).toEqual(original);
});

test.each(['before', 'after', 'never', 'without hearing the answer'])(
  'the unpushed edits in a copy take effect once where the original pushes them %s',
  async (when) => {
    await using place = await openPlace();
    {
      await using original = await place.open('original');
      await sync(original);
      await editEverything(original);
    }
    await place.copy('original', 'copy');
    const pushOriginal = async () => {
      await using original = await place.open('original');
      original.line.losePushAnswers = when === 'without hearing the answer' ? 10 : 0;
      await original.stores.syncNow();
      if (when !== 'without hearing the answer') await settled(original.stores);
    };
    if (when === 'before' || when === 'without hearing the answer') await pushOriginal();
    {
      await using copy = await place.open('copy');
      expect(await firstValueFrom(copy.stores.unpushed$)).toBe(4);
      await sync(copy);
      expect(await firstValueFrom(copy.stores.rejected$)).toEqual([]);
    }
    if (when === 'after') await pushOriginal();
    await expectEverythingOnce(place);
  },
);

test('what original and copy sold after the copy was made counts, each once, beside what they have in common', async () => {
  await using place = await openPlace();
  {
    await using original = await place.open('original');
    await sync(original);
    await sell(original, 1);
  }
  await place.copy('original', 'copy');
  {
    await using original = await place.open('original');
    await sell(original, 10);
    await sell(original, 3, 's2');
    await sync(original);
  }
  await using copy = await place.open('copy');
  await sell(copy, 20);
  await sell(copy, 4, 's2');
  await sync(copy);
  expect(await place.stock()).toBe(69);
  expect(await place.stock('s2'), 'pushed beside an edit of the original').toBe(93);
  expect((await copy.stores.inventory.findOne('s1').exec(true)).onHand).toBe(69);
  await sell(copy, 1);
  await sync(copy);
  expect(await place.stock()).toBe(68);
});

test('an edit of a clean document in the copy is not taken for the one that the original made after the copy', async () => {
  await using place = await openPlace();
  {
    await using original = await place.open('original');
    await sync(original);
  }
  await place.copy('original', 'copy');
  {
    await using original = await place.open('original');
    await sell(original, 10);
    await original.stores.customer.findOne('c1').incrementalPatch({ phone: 'of the original' });
    await sync(original);
  }
  await using copy = await place.open('copy');
  await sell(copy, 20);
  await copy.stores.customer.findOne('c1').incrementalPatch({ email: 'copy@x.example' });
  await sync(copy);
  expect(await place.stock()).toBe(70);
  expect(await place.customer('c1')).toMatchObject({ phone: 'of the original', email: 'copy@x.example' });
});

test('edits of a datastore that is not declared when the copy is first opened are kept as the original’s until it is', async () => {
  await using place = await openPlace();
  {
    await using original = await place.open('original');
    await sync(original);
    await sell(original, 1);
  }
  await place.copy('original', 'copy');
  {
    await using original = await place.open('original');
    await sync(original);
  }
  await (await openAt(place.server, { datastores: [customers], storage: place.storage('copy') }))[
    Symbol.asyncDispose
  ]();
  await using copy = await place.open('copy');
  await sell(copy, 5);
  await sync(copy);
  expect(await place.stock()).toBe(94);
});

test('an edit that the copy pushes and the server refuses is listed once, and what was edited since is pushed apart', async () => {
  await using place = await openPlace();
  {
    await using original = await place.open('original');
    await sync(original);
    await original.stores.customer.findOne('c1').incrementalPatch({ creditLimit: 1 });
    await original.stores.customer.findOne('c2').incrementalPatch({ creditLimit: 2 });
  }
  await place.copy('original', 'copy');
  await using copy = await place.open('copy');
  await copy.stores.customer.findOne('c1').incrementalPatch({ phone: 'since' });
  await sync(copy);
  expect(await place.customer('c1')).toEqual({ ...customer('c1'), phone: 'since' });
  const rejected = await firstValueFrom(copy.stores.rejected$);
  expect(rejected.map(({ id, code, document }) => [id, code, document?.creditLimit, document?.phone])).toEqual([
    ['c1', 'FIELD_SERVER_ONLY', 1, undefined],
    ['c2', 'FIELD_SERVER_ONLY', 2, undefined],
  ]);
  expect((await copy.stores.customer.findOne('c1').exec(true)).toJSON()).toEqual(await place.customer('c1'));
});

test('a document that was deleted on the server is not brought back by a copy that edited it on both sides of the copying', async () => {
  await using place = await openPlace();
  {
    await using original = await place.open('original');
    await sync(original);
    await original.stores.customer.findOne('c1').incrementalPatch({ phone: 'before' });
  }
  await place.copy('original', 'copy');
  await writeThere(place.server.store, customers, [{ id: 'c1', gone: true }]);
  await using copy = await place.open('copy');
  await copy.stores.customer.findOne('c1').incrementalPatch({ email: 'since@x.example' });
  await sync(copy);
  expect(await place.customer('c1')).toBeNull();
  expect(await copy.stores.customer.findOne('c1').exec()).toBeNull();
  const rejected = await firstValueFrom(copy.stores.rejected$);
  expect(rejected.map(({ document }) => document?.email)).toContain('since@x.example');
});
