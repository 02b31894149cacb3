import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonValue } from '@datastores/core/schema';
import type { Stream } from '@datastores/sync-server/connector';
import { expect, test } from 'vitest';
import { testContext } from '../../../support/context.ts';
import { startOdoo } from '../../../support/odoo.ts';
import { type OdooSample, openItems } from './odoo-place.ts';

const JSON_2: OdooSample = { api: 'json-2', externalIds: false };

test('odoo never skips a record whose stamp is shown without its microseconds', async () => {
  await using server = await startOdoo();
  const stream = openItems(server, JSON_2);
  const seen = new Set<string>();
  let cursor = null;
  for (let round = 0; round < 20; round += 1) {
    server.models.call('x.item', 'create', { vals_list: [{ name: `n${round}` }] });
    for await (const page of stream.changes?.(cursor, testContext()) ?? []) {
      for (const change of page.changes) seen.add(change.key);
      cursor = page.cursor;
    }
  }
  expect(seen.size).toBe(20);
});

test('odoo asks a quiet system for its newest stamp alone, once nothing late can come', async () => {
  await using server = await startOdoo();
  const stream = openItems(server, JSON_2);
  server.models.call('x.item', 'create', { vals_list: [{ name: 'a' }, { name: 'b' }] });
  const now = Date.now();
  const first = await readAt(stream, null, now);
  expect(first.names).toEqual(['a', 'b']);
  const again = await readAt(stream, first.cursor, now + 61_000);
  expect(again.names).toEqual(['a', 'b']);

  const before = server.calls.length;
  const quiet = await readAt(stream, again.cursor, now + 120_000);
  expect(quiet.names).toEqual([]);
  expect(server.calls.slice(before)).toEqual(['x.item.search_read']);

  // A change in the very second of the newest stamp would look the same; here the clock is pretended to have run on.
  await sleep(1_100);
  server.models.call('x.item', 'create', { vals_list: [{ name: 'c' }] });
  expect((await readAt(stream, quiet.cursor, now + 180_000)).names).toContain('c');
});

test('odoo finds what was committed late, however rarely it is asked', async () => {
  await using server = await startOdoo();
  const stream = openItems(server, JSON_2);
  const late = server.models.prepare('x.item', { name: 'late' });
  server.models.call('x.item', 'create', { vals_list: [{ name: 'early' }] });
  const first = await readAt(stream, null, Date.now());
  late.publish();

  expect((await readAt(stream, first.cursor, Date.now() + 3_600_000)).names).toContain('late');
});

test('odoo is not blinded by a stamp in the future', async () => {
  await using server = await startOdoo();
  const stream = openItems(server, JSON_2);
  server.models.prepare('x.item', { name: 'future', write_date: '2099-01-01 00:00:00.000000' }).publish();
  const first = await readAt(stream, null, Date.now());
  expect(first.names).toEqual(['future']);
  server.models.call('x.item', 'create', { vals_list: [{ name: 'present' }] });

  expect((await readAt(stream, first.cursor, Date.now())).names).toContain('present');
});

async function readAt(stream: Stream, from: JsonValue, now: number): Promise<{ names: unknown[]; cursor: JsonValue }> {
  const names: unknown[] = [];
  let cursor = from;
  for await (const page of stream.changes?.(from, testContext({ now: () => now })) ?? []) {
    for (const change of page.changes) if (change.op === 'put') names.push(change.data.name);
    cursor = page.cursor;
  }
  return { names, cursor };
}
