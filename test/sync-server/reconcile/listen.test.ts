import { eventDriven } from '@datastores/core';
import { expect, test } from 'vitest';
import type { Notice } from '../../../apps/sync-server/src/connectors/connector.ts';
import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createFeed, type Feed } from '../../support/feed.ts';
import { createNastySystem, type NastySystem } from '../../support/nasty-system.ts';

const bindings = [articleBinding({ strategies: [eventDriven()] })];

test('a delivery is acknowledged after its keys are durable, and its records are read', async () => {
  const erp = createNastySystem();
  const feed = createFeed();
  await using bench = await openWith(erp, feed);
  erp.insert('a1', { name: 'New' });
  let atAck: unknown = null;
  const onAck = async () => {
    atAck = (await bench.store.summary()).rechecks;
  };
  expect(await feed.deliver([named('e1', 'a1')], { onAck })).toBe('ack');
  expect(atAck).toEqual([{ system: 'erp', stream: 'items', keys: 1 }]);
  await expect.poll(() => bench.read('items-a1'), POLL).toMatchObject({ name: 'New' });
  expect((await bench.engine.status()).systems[0]?.events).toMatchObject({ state: 'listening', error: null, taken: 1 });
});

test('a notice that asks for a pull has the changes of its stream read, keeps nothing, and waits for no schedule', async () => {
  const erp = createNastySystem();
  const feed = createFeed();
  await using bench = await openWith(erp, feed);
  erp.insert('a1', { name: 'New' });
  const gets = erp.calls.get;
  expect(await feed.deliver([{ id: null, stream: 'items', keys: [], pull: true }])).toBe('ack');
  await expect.poll(() => bench.read('items-a1'), POLL).toMatchObject({ name: 'New' });
  expect(erp.calls.get).toBe(gets);
  expect((await bench.engine.status()).systems[0]?.events).toMatchObject({ taken: 0, refused: 0 });
  erp.insert('a2', { name: 'Newer' });
  erp.insert('a3', { name: 'Named' });
  expect(await feed.deliver([{ id: 'e1', stream: 'items', keys: ['a3'], pull: true }])).toBe('ack');
  await expect.poll(() => bench.read('items-a2'), POLL).toMatchObject({ name: 'Newer' });
  expect((await bench.engine.status()).systems[0]?.events).toMatchObject({ taken: 1 });
});

test('a delivery whose acknowledgement was lost comes again and has no second effect', async () => {
  const erp = createNastySystem();
  const feed = createFeed();
  await using bench = await openWith(erp, feed);
  erp.insert('a1', { name: 'New' });
  let lost = false;
  const onAck = () => {
    lost = true;
    throw new Error('The connection was cut.');
  };
  void feed.deliver([named('e1', 'a1')], { onAck });
  await expect.poll(() => lost, POLL).toBe(true);
  await expect.poll(() => bench.read('items-a1'), POLL).toMatchObject({ name: 'New' });
  const reads = erp.calls.get;
  await bench.restart();
  expect(await feed.deliver([named('e1', 'a1')])).toBe('ack');
  expect((await bench.engine.status()).systems[0]?.events).toMatchObject({ taken: 0, duplicates: 1 });
  expect(erp.calls.get).toBe(reads);
});

test('what the store cannot take is to be delivered again later', async () => {
  const feed = createFeed();
  await using bench = await openWith(createNastySystem(), feed);
  bench.killAfter(0);
  expect(await feed.deliver([named('e1', 'a1')])).toEqual({ nackAfterMs: 5_000 });
  await bench.restart();
  expect(await feed.deliver([named('e1', 'a1')])).toBe('ack');
});

test('a full queue asks the broker to wait', async () => {
  const erp = createNastySystem();
  const feed = createFeed();
  await using bench = await openWith(erp, feed, 1);
  await expect.poll(async () => (await bench.engine.status()).systems[0]?.events.state, POLL).toBe('listening');
  erp.outage = new SystemError('down', 'connection refused');
  expect(await feed.deliver([named('e1', 'a1')])).toBe('ack');
  expect(await feed.deliver([named('e2', 'a2')])).toEqual({ nackAfterMs: 30_000 });
});

test('what can never be read is set aside and told, and the others go on', async () => {
  const feed = createFeed();
  await using bench = await openWith(createNastySystem(), feed);
  const poison = feed.deliver([], { unreadable: 'It is no JSON.' });
  const stray = feed.deliver([{ id: 'e1', stream: 'nowhere', keys: ['a1'] }]);
  expect(await feed.deliver([named('e2', 'a2')])).toBe('ack');
  expect(await Promise.all([poison, stray])).toEqual(['refuse', 'refuse']);
  const { events } = (await bench.engine.status()).systems[0] ?? {};
  expect(events).toMatchObject({ taken: 1, refused: 2, lastRefusal: expect.stringContaining('"nowhere"') });
});

test('while the system is down deliveries are taken', async () => {
  const erp = createNastySystem();
  const feed = createFeed();
  await using bench = await openWith(erp, feed);
  erp.outage = new SystemError('auth', 'password expired');
  await bench.engine.pullNow('erp');
  expect(await feed.deliver([named('e1', 'a1')])).toBe('ack');
});

test('a feed that breaks is told, connected again, and goes on', async () => {
  const erp = createNastySystem();
  const feed = createFeed();
  await using bench = await openWith(erp, feed);
  await expect.poll(() => feed.connections, POLL).toBe(1);
  feed.cut(new SystemError('down', 'The broker is gone.'));
  const events = async () => (await bench.engine.status()).systems[0];
  await expect.poll(events, POLL).toMatchObject({ error: 'feed waiting: The broker is gone.' });
  await expect.poll(events, POLL).toMatchObject({ error: null, events: { state: 'listening' } });
  expect(await feed.deliver([named('e1', 'a1')])).toBe('ack');
  expect(feed.connections).toBe(2);
});

test('nothing listens any more after the engine has closed, whatever the feed does', async () => {
  const feed = createFeed();
  const bench = await openWith(createNastySystem(), feed);
  await expect.poll(() => feed.connections, POLL).toBe(1);
  await bench.engine.close();
  expect((await bench.engine.status()).systems[0]?.events.state).toBe('off');
  let settled = false;
  void feed.deliver([named('e1', 'a1')]).then(() => {
    settled = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(settled).toBe(false);
  await bench[Symbol.asyncDispose]();
});

test('an engine closes although its feed hangs', async () => {
  const hanging = { listen: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }) };
  await using bench = await openBench({
    nasty: {},
    systems: { erp: { connector: { ...createNastySystem().connector, ...hanging } } },
    bindings,
  });
  await bench.engine.close();
  expect((await bench.engine.status()).systems[0]?.events.state).toBe('off');
});

test('an engine closes although the broker never answers to an acknowledgement', async () => {
  const feed = createFeed();
  const bench = await openWith(createNastySystem(), feed);
  let asked = 0;
  const onAck = () => {
    asked += 1;
    return new Promise<never>(() => {});
  };
  // More than are taken together, so that the feed waits for one of them to end.
  for (let delivery = 0; delivery < 200; delivery += 1) void feed.deliver([named(`e${delivery}`, 'a1')], { onAck });
  await expect.poll(() => asked, POLL).toBe(128);
  await bench.engine.close();
  await bench[Symbol.asyncDispose]();
});

const POLL = { timeout: 10_000, interval: 20 };

function openWith(erp: NastySystem, feed: Feed, maxWaiting = 1_000) {
  const declaration = { connector: { ...erp.connector, listen: feed.listen }, notices: { maxWaiting } };
  return openBench({ nasty: {}, systems: { erp: declaration }, bindings });
}

function named(id: string, key: string): Notice {
  return { id, stream: 'items', keys: [key] };
}
