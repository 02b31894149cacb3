import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { follow } from '../../suites/store/edits.ts';
import { createSqlitePlace } from './sqlite-place.ts';
import { startWriter, type WriterLine } from './writer-process.ts';

/** Processes that load TypeScript take their time to start on a busy machine. */
const START_TIMEOUT_MS = 120_000;

test('a server killed with -9 while it writes has every write that it acknowledged, in a feed without gap', {
  timeout: START_TIMEOUT_MS,
}, async () => {
  await using place = await createSqlitePlace();
  const acknowledged: WriterLine[] = [];
  for (const round of [1, 2, 3]) {
    const writer = startWriter(place.filename, { prefix: `round${round}-`, size: 3_000 });
    await writer.said(150 * round);
    writer.child.kill('SIGKILL');
    await writer.ended;
    acknowledged.push(...writer.lines);
    const store = await place.open();
    await expectWhole(store, acknowledged);
    await store.close();
    expect(integrityOf(place.filename)).toBe('ok');
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(900);
});

test('two servers on one file share one order', { timeout: START_TIMEOUT_MS }, async () => {
  await using place = await createSqlitePlace();
  const writers = ['left-', 'right-'].map((prefix) => startWriter(place.filename, { prefix }));
  // Both have begun before either goes on for long, however late one of them was started.
  await Promise.all(writers.map((writer) => writer.said(1)));
  await Promise.all(writers.map((writer) => writer.said(writer.lines.length + 300)));
  for (const { child } of writers) child.kill('SIGKILL');
  await Promise.all(writers.map(({ ended }) => ended));
  const store = await place.open();
  const lines = writers.flatMap((writer) => writer.lines);
  expect(lines.filter(({ message }) => message !== undefined)).toEqual([]);
  await expectWhole(store, lines);
  const sides = (await follow(store, { ...FEED, maxRows: 100_000 }))[0]?.rows.map(({ id }) => id.split('-')[0]) ?? [];
  expect(sides.filter((side, at) => at > 0 && side !== sides[at - 1]).length).toBeGreaterThan(1);
});

test('a file that can grow no further fails the write with a reason and keeps what was acknowledged', {
  timeout: START_TIMEOUT_MS,
}, async () => {
  await using place = await createSqlitePlace();
  const writer = startWriter(place.filename, { size: 20_000, maxFileKilobytes: 3_000 });
  await writer.ended;
  const acknowledged = writer.lines.filter(({ id }) => id !== undefined);
  expect(acknowledged.length).toBeGreaterThan(20);
  expect(writer.lines.at(-1)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(writer.lines.at(-1)?.message).toContain('disk full');
  const store = await place.open();
  await expectWhole(store, acknowledged);
  expect(integrityOf(place.filename)).toBe('ok');
});

const FEED = { scope: 'main', datastore: 'product' };

/** Every acknowledged document has its number, and the numbers of the feed are those from 1 to the head. */
async function expectWhole(store: Store, acknowledged: readonly WriterLine[]): Promise<void> {
  const rows = (await follow(store, { ...FEED, maxRows: 97 })).flatMap((page) => page.rows);
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, at) => at + 1));
  expect((await store.head('main')).position.seq).toBe(rows.length);
  const numbers = new Map(rows.map(({ id, seq }) => [id, seq]));
  expect(acknowledged.filter(({ id, seq }) => numbers.get(id ?? '') !== seq)).toEqual([]);
  const { outbox } = await store.summary();
  expect(outbox.map((entry) => entry.rows)).toEqual([rows.length, rows.length]);
}

function integrityOf(filename: string): unknown {
  const database = new Database(filename);
  const result = database.pragma('integrity_check', { simple: true });
  database.close();
  return result;
}
