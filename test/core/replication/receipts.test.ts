import { copyFileSync, rmSync } from 'node:fs';
import type { Receipt } from '@datastores/core';
import { scheduled } from '@datastores/core';
import { receiptsScope } from '@datastores/core/protocol';
import { writeReceipts } from '@datastores/core/schema';
import Sqlite from 'better-sqlite3';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { expect, test } from 'vitest';
import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { openReceiptsPlace } from '../../support/receipts-place.ts';
import { settled } from '../../support/sync.ts';

const DOWN = new SystemError('down', 'connection refused');

test('a receipt goes from saved over accepted to confirmed, with the reference of the system', async () => {
  await using place = await openReceiptsPlace();
  await using till = await place.till();
  const { stores, line } = till;
  await settled(stores);
  const states: string[] = [];
  const seen = stores.receipts.of$('sale', 's1').subscribe((receipt) => states.push(receipt?.state ?? 'none'));
  place.erp.outage = DOWN;
  line.up = false;
  await stores.sale.insert({ id: 's1', name: 'One' });
  await expect.poll(() => states.at(-1)).toBe('saved');
  line.up = true;
  await stores.syncNow();
  await expect.poll(() => states.at(-1)).toBe('accepted');
  place.erp.outage = null;
  await place.engine.pushNow('erp');
  await expect.poll(() => states.at(-1)).toBe('confirmed');
  seen.unsubscribe();

  const different = states.filter((state, index) => state !== 'sent' && state !== states[index - 1]);
  expect(different).toEqual(['none', 'saved', 'accepted', 'confirmed']);
  const [key] = place.erp.records.keys();
  expect(await stores.receipts.of('sale', 's1')).toMatchObject({
    state: 'confirmed',
    systems: [{ system: 'erp', stream: 'items', state: 'confirmed', reference: key }],
  });
  expect(await stores.receipts.of('sale', 'never')).toBeNull();
});

test('confirm waits for the right write: an earlier one that was confirmed does not count', async () => {
  await using place = await openReceiptsPlace();
  await using till = await place.till();
  const { stores } = till;
  const sale = await stores.sale.insert({ id: 's1', name: 'One' });
  expect(await stores.confirm('s1', { until: 'confirmed' })).toMatchObject({ outcome: 'confirmed' });
  place.erp.outage = DOWN;
  await sale.getLatest().incrementalPatch({ note: 'two' });
  const waiting = await stores.confirm('s1', { until: 'confirmed', timeoutMs: 300 });
  expect(waiting).toMatchObject({ outcome: 'waiting' });
  // Accepted meanwhile, so there is no edit any more that would say what is waited for.
  expect(await stores.confirm('s1', { until: 'confirmed', datastore: 'sale', timeoutMs: 300 })).toMatchObject({
    outcome: 'waiting',
    // What it is depends on whether the engine has tried yet.
    systems: [{ state: expect.stringMatching(/^(waiting|sent)$/) }],
  });
  const confirmed = stores.confirm('s1', { until: 'confirmed', datastore: 'sale', timeoutMs: Infinity });
  place.erp.outage = null;
  await place.engine.pushNow('erp');
  expect(await confirmed).toMatchObject({ outcome: 'confirmed', systems: [{ system: 'erp' }] });
  expect([...place.erp.records.values()].map(({ data }) => data)).toEqual([{ name: 'One', note: 'two' }]);
});

test('confirm rejects with what the system said, and says when it is not told of a document', async () => {
  await using place = await openReceiptsPlace();
  await using till = await place.till();
  const { stores } = till;
  place.erp.failPushes({ outcome: { is: 'rejected', reason: 'no such customer', field: 'name' } });
  await stores.sale.insert({ id: 's1', name: 'One' });
  await expect(stores.confirm('s1', { until: 'confirmed' })).rejects.toMatchObject({
    code: 'WRITE_REJECTED',
    message: expect.stringContaining('"name"): no such customer'),
  });
  expect(await stores.receipts.of('sale', 's1')).toMatchObject({ state: 'rejected' });

  await stores.draft.insert({ id: 'd1', text: 'for us alone' });
  expect(await stores.confirm('d1', { until: 'confirmed' })).toEqual({ outcome: 'confirmed', systems: [] });
  await stores.draft.insert({ id: 'd2', text: 'for us alone' });
  await expect(stores.confirm('d2', { until: 'confirmed', system: 'erp' })).rejects.toMatchObject({
    code: 'RECEIPT_UNKNOWN',
  });
});

test('confirm can be given up, and rejects where the server itself refuses', async () => {
  await using place = await openReceiptsPlace();
  await using till = await place.till();
  const { stores, line } = till;
  place.erp.outage = DOWN;
  await stores.sale.insert({ id: 's1', name: 'One' });
  const control = new AbortController();
  const waiting = stores.confirm('s1', { until: 'confirmed', signal: control.signal, timeoutMs: Infinity });
  control.abort(new Error('the till was closed'));
  await expect(waiting).rejects.toThrow('the till was closed');

  line.up = false;
  await stores.sale.insert({ id: 's2', name: 'Two' });
  expect(await stores.confirm('s2', { until: 'confirmed', timeoutMs: 100 })).toMatchObject({ outcome: 'queued' });
});

test('what is pending is listed until every system has confirmed', async () => {
  await using place = await openReceiptsPlace();
  await using till = await place.till();
  const { stores } = till;
  place.erp.outage = DOWN;
  const lists: (readonly Receipt[])[] = [];
  const seen = stores.receipts.pending$.subscribe((list) => lists.push(list));
  await stores.sale.bulkInsert(Array.from({ length: 5 }, (_, index) => ({ id: `s${index}`, name: `${index}` })));
  await expect.poll(() => lists.at(-1)?.map(({ id }) => id)).toEqual(['s0', 's1', 's2', 's3', 's4']);
  place.erp.outage = null;
  await place.engine.pushNow('erp');
  await expect.poll(() => lists.at(-1)).toEqual([]);
  seen.unsubscribe();
});

test('receipts are there after a restart of the replica, also offline, and cost no collection', async () => {
  await using place = await openReceiptsPlace();
  const storage = getRxStorageMemory() as never;
  {
    await using till = await place.till({ storage, name: 'till' });
    await till.stores.sale.insert({ id: 's1', name: 'One' });
    await till.stores.confirm('s1', { until: 'confirmed' });
    expect(Object.keys(till.stores.database.collections).sort()).toEqual(['draft', 'sale']);
  }
  await using till = await place.till({ storage, name: 'till' });
  till.line.up = false;
  expect(await till.stores.receipts.of('sale', 's1')).toMatchObject({ state: 'confirmed' });
});

test('a replica that is told of nothing asks for nothing', async () => {
  await using place = await openReceiptsPlace({ bindings: [] });
  await using till = await place.till();
  const { stores, line } = till;
  await stores.draft.insert({ id: 'd1', text: 'for us alone' });
  await settled(stores);
  const pulls = line.requests.pull;
  await stores.draft.insert({ id: 'd2', text: 'for us alone' });
  await stores.confirm('d2');
  expect(line.requests.pull - pulls).toBeLessThanOrEqual(1);
  expect((await place.store.head(receiptsScope(stores.replicaId))).position.seq).toBe(0);
});

test('without a stream receipts come along with whatever else is exchanged', async () => {
  await using place = await openReceiptsPlace();
  const never = scheduled('0 0 1 1 *');
  await using till = await place.till({ strategies: { sale: never, draft: never } });
  const { stores } = till;
  await stores.sale.insert({ id: 's1', name: 'One' });
  await stores.syncNow();
  await place.engine.idle();
  await stores.syncNow();
  await expect.poll(() => stores.receipts.of('sale', 's1')).toMatchObject({ state: 'confirmed' });
});

test('a restored store takes back what it no longer knows, and the write that is lost has no receipt', async () => {
  await using place = await openReceiptsPlace();
  await using till = await place.till();
  const { stores } = till;
  await stores.sale.insert({ id: 's1', name: 'One' });
  await stores.confirm('s1', { until: 'confirmed' });
  const copy = `${place.filename}.copy`;
  const reader = new Sqlite(place.filename, { readonly: true });
  reader.prepare('vacuum into ?').run(copy);
  reader.close();
  await stores.sale.insert({ id: 's2', name: 'Two' });
  await stores.confirm('s2', { until: 'confirmed' });

  till.line.up = false;
  await place.restart(() => {
    for (const suffix of ['-wal', '-shm']) rmSync(`${place.filename}${suffix}`, { force: true });
    copyFileSync(copy, place.filename);
  });
  till.line.up = true;
  await stores.syncNow();
  await settled(stores);

  await expect.poll(() => stores.receipts.of('sale', 's2'), { timeout: 5_000 }).toBeNull();
  expect(await stores.receipts.of('sale', 's1')).toMatchObject({ state: 'confirmed' });
  await stores.sale.insert({ id: 's3', name: 'Three' });
  expect(await stores.confirm('s3', { until: 'confirmed' })).toMatchObject({ outcome: 'confirmed' });
});

test('a lost answer to a push leaves one record and one receipt', async () => {
  await using place = await openReceiptsPlace();
  await using till = await place.till();
  const { stores, line } = till;
  await settled(stores);
  line.losePushAnswers = 2;
  await stores.sale.insert({ id: 's1', name: 'One' });
  expect(await stores.confirm('s1', { until: 'confirmed' })).toMatchObject({ outcome: 'confirmed' });
  expect(place.erp.records.size).toBe(1);
  const { rows } = await place.store.feed({
    ...{ scope: receiptsScope(stores.replicaId), datastore: writeReceipts.name },
    ...{ after: 0, maxRows: 10, maxBytes: 100_000 },
  });
  expect(rows).toHaveLength(1);
});
