import { SYSTEMS_SCOPE } from '@datastores/core/protocol';
import { type SystemStateDocument, systemStates } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { type Bench, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';

const MINUTE = 60_000;

async function toldBy({ store }: Bench, system = 'erp'): Promise<SystemStateDocument | null> {
  const stored = await store.document(SYSTEMS_SCOPE, { datastore: systemStates.name, id: system });
  return stored === null || stored.deleted ? null : (JSON.parse(stored.body) as SystemStateDocument);
}

/** How often something was told of any system. */
async function times({ store }: Bench): Promise<number> {
  return (await store.head(SYSTEMS_SCOPE)).position.seq;
}

test('an idle system is told of once a minute, however often it is read', async () => {
  const clock = createSteppedClock();
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp }, clock, random: () => 0.9 });
  const idle = () => bench.engine.idle();
  await clock.advance(5_000, idle);
  const before = await times(bench);
  for (let poll = 0; poll < 100; poll += 1) {
    await bench.engine.pullNow('erp');
    await clock.advance(3_000, idle);
  }
  const told = (await times(bench)) - before;
  expect(told).toBeGreaterThanOrEqual(4);
  expect(told).toBeLessThanOrEqual(7);
  const document = await toldBy(bench);
  expect(document).toMatchObject({ state: 'up', streams: [{ stream: 'items', late: false, waiting: 0, dead: 0 }] });
  expect(clock.now() - (document?.streams[0]?.asOf ?? 0)).toBeLessThanOrEqual(2 * MINUTE);
});

test('an outage is told at once, with what waits and since when, and nothing of why', async () => {
  const clock = createSteppedClock();
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp }, clock, random: () => 0.9 });
  const idle = () => bench.engine.idle();
  await clock.advance(5_000, idle);
  erp.outage = new SystemError('down', 'connection refused by 10.1.2.3');
  const began = clock.now();
  await bench.write('mine', { name: 'Mine' });
  await clock.advance(20_000, idle);

  const down = await toldBy(bench);
  expect(down).toMatchObject({ state: 'down', streams: [{ waiting: 1, oldestAt: began }] });
  expect(down?.since).toBeLessThan(began + 10_000);
  expect(JSON.stringify(down)).not.toContain('10.1.2.3');

  const asOf = down?.streams[0]?.asOf;
  await clock.advance(10 * MINUTE, idle);
  expect(await toldBy(bench)).toMatchObject({ state: 'down', streams: [{ asOf, late: true }] });
  erp.outage = null;
  await clock.advance(10 * MINUTE, idle);
  expect(await toldBy(bench)).toMatchObject({ state: 'up', streams: [{ late: false, waiting: 0 }] });
});

test('a stream that is not read in time is called late while nothing fails', async () => {
  const clock = createSteppedClock();
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp }, clock, random: () => 0.9 });
  await clock.advance(5_000, () => bench.engine.idle());
  expect(await toldBy(bench)).toMatchObject({ state: 'up', streams: [{ late: false }] });
  // A reading that never ends, until the connector is cut off: the promise is broken before.
  const hang = new Promise<never>(() => {});
  const { items } = erp.connector.streams;
  if (items === undefined) throw new Error('expected a stream');
  items.changes = async function* () {
    yield await hang;
  };
  const ticking = clock.advance(2 * MINUTE + 10_000);
  await ticking;
  await expect.poll(() => toldBy(bench)).toMatchObject({ streams: [{ late: true }] });
});

test('a restart keeps what was read before it, and forgets systems that are not configured any more', async () => {
  const clock = createSteppedClock();
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp }, clock, random: () => 0.9 });
  await clock.advance(5_000, () => bench.engine.idle());
  const asOf = (await toldBy(bench))?.streams[0]?.asOf;
  expect(asOf).toBeDefined();
  erp.outage = new SystemError('down', 'connection refused');
  await bench.restart();
  await clock.advance(3 * MINUTE, () => bench.engine.idle());
  expect(await toldBy(bench)).toMatchObject({ streams: [{ asOf, late: true }] });
  await bench.restart({ systems: {}, bindings: [] });
  expect(await toldBy(bench)).toBeNull();
});
