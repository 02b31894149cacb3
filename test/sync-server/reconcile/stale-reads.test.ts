import { expect, test } from 'vitest';
import type { Change, Stream } from '../../../apps/sync-server/src/connectors/connector.ts';
import { openBench } from '../../support/engine.ts';
import { createNastySystem, type NastySystem } from '../../support/nasty-system.ts';

const article = { name: 'Article', note: 'old', stock: 10 };

/** Makes the next reading of changes two pages: the first empty, so that something can happen before the second. */
function readInTwoPages(erp: NastySystem, meanwhile: () => Promise<void>, second: () => readonly Change[]): void {
  const stream = erp.connector.streams.items;
  if (stream === undefined) throw new Error('the system has no stream');
  const changes: Stream['changes'] = async function* () {
    await meanwhile();
    yield { changes: [], cursor: 1_000 };
    yield { changes: second(), cursor: 1_001 };
  };
  Object.assign(stream, { changes });
}

test('a page read before our write ended does not take the write back', async () => {
  const erp = createNastySystem();
  erp.insert('a1', article);
  await using bench = await openBench({ nasty: { erp } });
  const stale: Change = { op: 'put', key: 'a1', data: article, version: '1' };
  readInTwoPages(
    erp,
    () => bench.edit('items-a1', { note: 'new' }),
    () => [stale],
  );
  await bench.engine.pullNow('erp');
  expect(erp.records.get('a1')?.data).toMatchObject({ note: 'new' });
  expect(await bench.read('items-a1')).toMatchObject({ note: 'new' });
  await bench.engine.idle();
  const stored = await bench.store.document('main', { datastore: 'article', id: 'items-a1' });
  expect(stored).toMatchObject({ author: 'till' });
  expect(await bench.store.rechecks('erp', 'items', 10)).toEqual([]);
});

test('while the outcome of a write is unknown, what is read of its record changes nothing here', async () => {
  const erp = createNastySystem();
  erp.insert('a1', article);
  await using bench = await openBench({ nasty: { erp } });
  erp.failPushes('cut-after');
  await bench.edit('items-a1', { stock: 7 });
  await bench.engine.idle();
  expect(erp.records.get('a1')?.data).toMatchObject({ stock: 7 });
  await bench.engine.pullNow('erp');
  expect(await bench.read('items-a1')).toMatchObject({ stock: 7 });
  expect(await bench.store.rechecks('erp', 'items', 10)).toEqual(['a1']);
  await bench.engine.pushNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-a1')).toMatchObject({ stock: 7 });
  expect(await bench.store.rechecks('erp', 'items', 10)).toEqual([]);
});

test('a record that turns up while a create may have made it is not linked to a second document', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  readInTwoPages(
    erp,
    async () => {
      erp.failPushes('cut-after');
      await bench.write('mine', { name: 'Mine' });
    },
    () => [...erp.records].map(([key, { data, version }]) => ({ op: 'put', key, data, version: String(version) })),
  );
  await bench.engine.pullNow('erp');
  expect(erp.records.size).toBe(1);
  expect([...(await bench.all()).keys()]).toEqual(['mine']);
  await bench.engine.pushNow('erp');
  await bench.engine.idle();
  expect([...(await bench.all()).keys()]).toEqual(['mine']);
  expect(await bench.store.rechecks('erp', 'items', 10)).toEqual([]);
});
