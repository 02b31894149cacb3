import { eventDriven } from '@datastores/core';
import { silentLog } from '@datastores/sync-server';
import { nats } from '@datastores/sync-server/nats';
import { expect, test } from 'vitest';
import { articleBinding, type Bench, openBench } from '../../../support/engine.ts';
import { createNastySystem, type NastySystem } from '../../../support/nasty-system.ts';
import { type NatsClient, type NatsServer, startNats } from '../../../support/nats.ts';

test('messages name records, which are read; repeated, late and disordered ones end in what the system holds', async () => {
  await using server = await startNats();
  await using client = await shopStream(server);
  const erp = createNastySystem();
  await using bench = await openWith(erp, server);
  const keys: string[] = [];
  for (let round = 0; round < 40; round += 1) {
    const key = `a${round % 5}`;
    if (round % 9 === 8) erp.remove(key);
    else erp.insert(key, { name: `Round ${round}` });
    keys.push(key);
  }
  for (const key of [...keys, ...keys].reverse()) await tell(client, key);
  await settled(client);
  await drained(bench);
  const here = await bench.all();
  expect([...here.keys()].sort()).toEqual([...erp.records.keys()].map((key) => `items-${key}`).sort());
  for (const [key, { data }] of erp.records) expect(here.get(`items-${key}`)).toMatchObject(data);
  expect(erp.calls).toMatchObject({ changes: 1, scan: 0 });
});

test('a message with an id that was taken before is a duplicate, beyond the window of the broker too', async () => {
  await using server = await startNats();
  await using client = await shopStream(server, { duplicate_window: 100_000_000 });
  await using bench = await openWith(createNastySystem(), server);
  await tell(client, 'a1', 'change-1');
  await settled(client);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await tell(client, 'a1', 'change-1')).toMatchObject({ duplicate: false });
  await expect.poll(() => events(bench), POLL).toMatchObject({ taken: 1, duplicates: 1 });
});

test('what was stored and not acknowledged is delivered again and has no second effect', async () => {
  await using server = await startNats();
  await using client = await shopStream(server);
  const erp = createNastySystem();
  erp.insert('a1', { name: 'New' });
  await using bench = await openWith(erp, server);
  await tell(client, 'a0');
  await settled(client);
  // The store takes the notice in one call; then this process is gone, before it can acknowledge.
  await bench.engine.close();
  await bench.store.takeNotices({
    system: 'erp',
    notices: [{ id: 'id change-1', stream: 'items', keys: ['a1'] }],
    keepIdsMs: 60_000,
    maxWaiting: 10,
  });
  await tell(client, 'a1', 'change-1');
  await bench.restart();
  await expect.poll(() => events(bench), POLL).toMatchObject({ taken: 0, duplicates: 1 });
  await settled(client);
  await drained(bench);
  expect(await bench.read('items-a1')).toMatchObject({ name: 'New' });
});

test('nothing is acknowledged before it is durable: what the store refused comes again', async () => {
  await using server = await startNats();
  await using client = await shopStream(server);
  const erp = createNastySystem();
  const errors: string[] = [];
  await using bench = await openWith(erp, server, { errors });
  await expect.poll(() => events(bench), POLL).toMatchObject({ state: 'listening' });
  bench.killAfter(0);
  erp.insert('a1', { name: 'New' });
  await tell(client, 'a1');
  await expect.poll(() => errors, POLL).toContain('notices-not-stored');
  expect((await consumer(client)).num_ack_pending).toBe(1);
  await bench.restart();
  await expect.poll(() => bench.read('items-a1'), POLL).toMatchObject({ name: 'New' });
  await settled(client);
});

test('a broker that stops is told, and its messages are taken when it is back', async () => {
  await using server = await startNats();
  await using before = await shopStream(server);
  const erp = createNastySystem();
  await using bench = await openWith(erp, server);
  await tell(before, 'a0');
  await settled(before);
  erp.insert('a1', { name: 'Before the crash' });
  await bench.engine.close();
  await tell(before, 'a1');
  await bench.restart();
  await server.stop('SIGKILL');
  await expect
    .poll(() => events(bench), POLL)
    .toMatchObject({ state: 'waiting', error: expect.stringContaining('NATS') });
  erp.insert('a2', { name: 'During the outage' });
  await server.start();
  await using after = await server.client();
  await tell(after, 'a2');
  await expect.poll(() => bench.read('items-a2'), POLL).toMatchObject({ name: 'During the outage' });
  await expect.poll(() => bench.read('items-a1'), POLL).toMatchObject({ name: 'Before the crash' });
  expect(await events(bench)).toMatchObject({ state: 'listening', error: null });
});

test('messages that can never be read end on the dead subject with the reason, and the others go on', async () => {
  await using server = await startNats();
  await using client = await shopStream(server);
  await using bench = await openWith(createNastySystem(), server);
  await client.publish('shop.items', '{ no json');
  await client.publish('shop.items', '{"key":7}');
  await tell(client, 'a1');
  await settled(client);
  expect(await events(bench)).toMatchObject({ taken: 1, refused: 2, lastRefusal: expect.any(String) });
  const dead = [1, 2].map((seq) => client.manager.streams.getMessage('datastores-dead-datastores', { seq }));
  const kept = await Promise.all(dead);
  expect(kept.map((message) => message?.string()).sort()).toEqual(['{ no json', '{"key":7}'].sort());
  const reasons = kept.map((message) => message?.header?.get('Datastores-Reason')).join(' ');
  expect(reasons).toMatch(/no JSON/);
  expect(reasons).toMatch(/no key/);
  expect(kept.map((message) => message?.header?.get('Datastores-Subject'))).toEqual(['shop.items', 'shop.items']);
});

test('a message that is delivered again and again is set aside', async () => {
  await using server = await startNats();
  await using client = await shopStream(server);
  const errors: string[] = [];
  const listen = { maxDeliveries: 1, ackWaitMs: 1_000 };
  await using bench = await openWith(createNastySystem(), server, { listen, errors });
  await tell(client, 'a0');
  await settled(client);
  bench.killAfter(0);
  await tell(client, 'a1');
  await expect.poll(() => errors, POLL).toContain('notices-not-stored');
  await bench.restart();
  await expect
    .poll(() => events(bench), { timeout: 15_000 })
    .toMatchObject({ refused: 1, lastRefusal: expect.stringContaining('delivered 2 times') });
});

test('a stream that is not there, and a consumer of another kind, are told with what to do', async () => {
  await using server = await startNats();
  await using bench = await openWith(createNastySystem(), server);
  await expect
    .poll(() => events(bench), POLL)
    .toMatchObject({ state: 'waiting', error: expect.stringContaining('stream not found') });
  await using client = await shopStream(server);
  await expect.poll(() => events(bench), POLL).toMatchObject({ state: 'listening', error: null });
  await bench.engine.close();
  await client.manager.consumers.delete('SHOP', 'datastores');
  await client.manager.consumers.add('SHOP', { durable_name: 'datastores', ack_policy: 'all' as never });
  await bench.restart();
  await expect
    .poll(() => events(bench), POLL)
    .toMatchObject({ error: expect.stringContaining('explicit acknowledgements') });
});

const POLL = { timeout: 20_000, interval: 50 };
const bindings = [articleBinding({ strategies: [eventDriven()] })];

async function shopStream(server: NatsServer, config: object = {}): Promise<NatsClient> {
  const client = await server.client();
  await client.manager.streams.add({ name: 'SHOP', subjects: ['shop.>'], ...config });
  return client;
}

interface Setting {
  readonly listen?: object;
  /** Takes the names of what is logged as an error. */
  readonly errors?: string[];
}

function openWith(erp: NastySystem, server: NatsServer, { listen = {}, errors = [] }: Setting = {}): Promise<Bench> {
  const connector = nats({
    servers: server.url,
    connector: erp.connector,
    listen: {
      stream: 'SHOP',
      consumer: 'datastores',
      subject: 'shop.items',
      notices: ({ data }) => [{ stream: 'items', keys: [(data as { key: string }).key] }],
      ...listen,
    },
  });
  const log = { ...silentLog, error: (event: string) => void errors.push(event) };
  return openBench({ nasty: {}, systems: { erp: { connector } }, bindings, log });
}

function tell(client: NatsClient, key: string, msgID?: string) {
  return client.publish('shop.items', JSON.stringify({ key }), msgID === undefined ? {} : { msgID });
}

async function consumer(client: NatsClient) {
  return client.manager.consumers.info('SHOP', 'datastores');
}

/** Waits until the consumer has nothing to deliver and nothing to be acknowledged. */
async function settled(client: NatsClient): Promise<void> {
  const open = async () => {
    const { num_pending, num_ack_pending } = await consumer(client);
    return num_pending + num_ack_pending;
  };
  await expect.poll(() => open().catch(() => -1), POLL).toBe(0);
}

async function drained(bench: Bench): Promise<void> {
  await expect.poll(async () => (await bench.store.summary()).rechecks, POLL).toEqual([]);
  await bench.engine.idle();
}

async function events(bench: Bench) {
  return (await bench.engine.status()).systems[0]?.events;
}
