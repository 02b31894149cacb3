import { PROTOCOL_VERSION, parsePulledRows } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { startServer, tokenFor } from './test-server.ts';

const header = { protocol: PROTOCOL_VERSION, datastore: 'product', schemaVersion: 0 };

test('what one replica pushes, another one pulls', async () => {
  await using at = await startServer();
  const till = at.client(await tokenFor({ sub: 'till' }));
  const doc = { id: 'p1', sku: 'A-1', name: 'Nail', status: 'active' };
  const rows = JSON.stringify([{ id: 'p1', base: null, changed: ['sku', 'name', 'status'], was: {}, doc }]);
  const pushed = await till.push.mutate({ ...header, replica: 'replica-till', checkpoint: null, rows });
  expect(pushed).toMatchObject({ kind: 'done', outcomes: [{ is: 'accepted', id: 'p1' }] });
  const office = at.client(await tokenFor({ sub: 'office' }));
  const page = await office.pull.mutate({ ...header, checkpoint: null, maxRows: 10, maxBytes: 100_000 });
  if (page.kind !== 'page') throw new Error('expected a page');
  expect(parsePulledRows(page.documents)).toMatchObject([{ s: 'main', doc }]);
  expect(page).toMatchObject({ hasMore: false, dropped: [], remaining: 0 });
});
