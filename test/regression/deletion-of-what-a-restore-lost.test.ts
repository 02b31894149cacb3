import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { customers } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { settled, startReplica, startService, writeThere } from '../support/sync.ts';

const lost = { id: 'lost', name: 'Alfreds', status: 'active' as const };

test('an unpushed deletion of a document that a restored server never had is not undone by an edit of another replica', async () => {
  using folder = temporaryFolder();
  const [file, backup] = [join(folder.path, 'store.db'), join(folder.path, 'backup.db')];
  {
    await using made = await startService([customers], file);
    await writeThere(made.store, customers, [{ ...lost, id: 'kept' }]);
  }
  copyFileSync(file, backup);
  const first = await startService([customers], file);
  let { service } = first;
  const moving = {
    info: () => service.info(),
    pull: (...args: Parameters<typeof service.pull>) => service.pull(...args),
    push: (...args: Parameters<typeof service.push>) => service.push(...args),
    digest: (...args: Parameters<typeof service.digest>) => service.digest(...args),
    note: (...args: Parameters<typeof service.note>) => service.note(...args),
    changes: (...args: Parameters<typeof service.changes>) => service.changes(...args),
  };
  await using deleting = await startReplica(moving, { datastores: [customers] });
  await using editing = await startReplica(moving, { datastores: [customers] });
  await writeThere(first.store, customers, [lost]);
  for (const { stores, line } of [deleting, editing]) {
    await expect.poll(() => stores.customer.findOne('lost').exec()).not.toBeNull();
    await settled(stores);
    line.up = false;
  }
  await deleting.stores.customer.findOne('lost').remove();
  await editing.stores.customer.findOne('lost').incrementalPatch({ phone: '2' });
  await first[Symbol.asyncDispose]();

  await using restored = await startService([customers], backup);
  ({ service } = restored);
  for (const { stores, line } of [deleting, editing]) {
    line.up = true;
    await stores.syncNow();
    await settled(stores);
  }
  await deleting.stores.syncNow();
  await settled(deleting.stores);

  expect(await deleting.stores.customer.findOne('lost').exec()).toBeNull();
  expect(await editing.stores.customer.findOne('lost').exec()).toBeNull();
  expect(await firstValueFrom(deleting.stores.rejected$)).toEqual([]);
  const rejected = await firstValueFrom(editing.stores.rejected$);
  expect(rejected).toMatchObject([{ id: 'lost', code: 'DOCUMENT_DELETED', document: { phone: '2' } }]);
});
