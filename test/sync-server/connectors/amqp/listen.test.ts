import { eventDriven } from '@datastores/core';
import { silentLog } from '@datastores/sync-server';
import { amqp } from '@datastores/sync-server/amqp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { articleBinding, type Bench, openBench } from '../../../support/engine.ts';
import { createNastySystem, type NastySystem } from '../../../support/nasty-system.ts';
import { type RabbitClient, type RabbitServer, startRabbit } from '../../../support/rabbitmq.ts';

let server: RabbitServer;
let client: RabbitClient;
/** RabbitMQ 3.10 loses a replicated queue that it is killed with in the first seconds. */
const SETTLING_MS = 8_000;
let settledAt = 0;
beforeAll(async () => {
  server = await startRabbit();
  client = await server.client();
  await client.channel.assertQueue('outage', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  settledAt = Date.now() + SETTLING_MS;
}, 120_000);
afterAll(() => server[Symbol.asyncDispose]());

test('messages name records, which are read; repeated, late and disordered ones end in what the system holds', async () => {
  const erp = createNastySystem();
  const queue = 'disordered';
  await client.channel.assertExchange('shop', 'topic', { durable: true });
  await using bench = await openWith(erp, { queue, bindings: [{ exchange: 'shop', routingKey: 'items.#' }] });
  await expect.poll(() => events(bench), POLL).toMatchObject({ state: 'listening' });
  const keys: string[] = [];
  for (let round = 0; round < 40; round += 1) {
    const key = `a${round % 5}`;
    if (round % 9 === 8) erp.remove(key);
    else erp.insert(key, { name: `Round ${round}` });
    keys.push(key);
  }
  for (const key of [...keys, ...keys].reverse()) {
    client.channel.publish('shop', 'items.changed', Buffer.from(JSON.stringify({ key })), { messageId: `m ${key}` });
  }
  await client.channel.waitForConfirms();
  await settled(queue);
  await drained(bench);
  const here = await bench.all();
  expect([...here.keys()].sort()).toEqual([...erp.records.keys()].map((key) => `items-${key}`).sort());
  for (const [key, { data }] of erp.records) expect(here.get(`items-${key}`)).toMatchObject(data);
  expect(await events(bench)).toMatchObject({ taken: 5, duplicates: 75 });
});

test('what was stored and not acknowledged is delivered again and has no second effect', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'New' });
  const queue = 'unacknowledged';
  await using bench = await openWith(erp, { queue });
  await tell(queue, 'a0', 'change-0');
  await settled(queue);
  // The store takes the notice in one call; then this process is gone, before it can acknowledge.
  await bench.engine.close();
  await bench.store.takeNotices({
    system: 'erp',
    notices: [{ id: 'id change-1', stream: 'items', keys: ['a1'] }],
    keepIdsMs: 60_000,
    maxWaiting: 10,
  });
  await tell(queue, 'a1', 'change-1');
  await bench.restart();
  await expect.poll(() => events(bench), POLL).toMatchObject({ taken: 0, duplicates: 1 });
  await settled(queue);
  await drained(bench);
  expect(await bench.read('items-a1')).toMatchObject({ name: 'New' });
});

test('nothing is acknowledged before it is durable: what the store refused comes again', async () => {
  const erp = createNastySystem();
  const queue = 'refused';
  const errors: string[] = [];
  await using bench = await openWith(erp, { queue }, errors);
  await expect.poll(() => events(bench), POLL).toMatchObject({ state: 'listening' });
  bench.killAfter(0);
  erp.insert('a1', { name: 'New' });
  await tell(queue, 'a1');
  await expect.poll(() => errors, POLL).toContain('notices-not-stored');
  await bench.restart();
  await expect.poll(() => bench.read('items-a1'), POLL).toMatchObject({ name: 'New' });
  await settled(queue);
});

test('messages that can never be read end in the dead queue with the reason, and the others go on', async () => {
  const queue = 'poisoned';
  await using bench = await openWith(createNastySystem(), { queue });
  await expect.poll(() => events(bench), POLL).toMatchObject({ state: 'listening' });
  client.channel.sendToQueue(queue, Buffer.from('{ no json'), { messageId: 'poison-1' });
  client.channel.sendToQueue(queue, Buffer.from('{"key":7}'));
  await tell(queue, 'a1');
  await settled(queue);
  expect(await events(bench)).toMatchObject({ taken: 1, refused: 2 });
  const dead = [await client.channel.get(`${queue}.dead`), await client.channel.get(`${queue}.dead`)];
  const kept = dead.map((message) => (message === false ? null : message));
  expect(kept.map((message) => message?.content.toString()).sort()).toEqual(['{ no json', '{"key":7}'].sort());
  const said = kept.map((message) => JSON.stringify(message?.properties.headers)).join(' ');
  expect(said).toMatch(/The payload is no JSON/);
  expect(said).toMatch(/no key/);
  expect(said).toMatch(/poison-1/);
});

test('a message that is delivered again and again is set aside', async () => {
  const queue = 'again';
  const errors: string[] = [];
  await using bench = await openWith(createNastySystem(), { queue, maxDeliveries: 1 }, errors);
  await expect.poll(() => events(bench), POLL).toMatchObject({ state: 'listening' });
  bench.killAfter(0);
  await tell(queue, 'a1');
  await expect.poll(() => errors, POLL).toContain('notices-not-stored');
  await bench.restart();
  const refused = { refused: 1, lastRefusal: expect.stringContaining('delivered 2 times') };
  await expect.poll(() => events(bench), POLL).toMatchObject(refused);
});

test('an exchange that is not there, and a queue that is deleted, are told', async () => {
  const queue = 'bound';
  await using bench = await openWith(createNastySystem(), {
    queue,
    bindings: [{ exchange: 'later', routingKey: '#' }],
  });
  const missing = { state: 'waiting', error: expect.stringContaining('no exchange "later"') };
  await expect.poll(() => events(bench), POLL).toMatchObject(missing);
  await client.channel.assertExchange('later', 'topic', { durable: true });
  await expect.poll(() => events(bench), POLL).toMatchObject({ state: 'listening', error: null });
  await client.channel.deleteQueue(queue);
  const deleted = { state: 'waiting', error: expect.stringContaining('was deleted') };
  await expect.poll(() => events(bench), POLL).toMatchObject(deleted);
  await expect.poll(() => events(bench), POLL).toMatchObject({ state: 'listening', error: null });
});

test('a broker that stops is told, and its messages are taken when it is back', async () => {
  const erp = createNastySystem();
  const queue = 'outage';
  await using bench = await openWith(erp, { queue });
  await tell(queue, 'a0');
  await settled(queue);
  await bench.engine.close();
  erp.insert('a1', { name: 'Before the crash' });
  await tell(queue, 'a1');
  await new Promise((resolve) => setTimeout(resolve, settledAt - Date.now()));
  await server.stop('SIGKILL');
  await bench.restart();
  await expect
    .poll(() => events(bench), POLL)
    .toMatchObject({ state: 'waiting', error: expect.stringContaining('AMQP') });
  // What it pulled when it started is not what is looked at here.
  erp.editUnseen('a1', { name: 'During the outage' });
  await server.start();
  client = await server.client();
  await expect.poll(() => bench.read('items-a1'), POLL).toMatchObject({ name: 'During the outage' });
  expect(await events(bench)).toMatchObject({ state: 'listening', error: null });
  await settled(queue);
}, 120_000);

const POLL = { timeout: 25_000, interval: 50 };
const bindings = [articleBinding({ strategies: [eventDriven()] })];

interface Listen {
  readonly queue: string;
  readonly maxDeliveries?: number;
  readonly bindings?: { readonly exchange: string; readonly routingKey: string }[];
}

/** `errors` takes the names of what is logged as an error. */
function openWith(erp: NastySystem, listen: Listen, errors: string[] = []): Promise<Bench> {
  const connector = amqp({
    url: server.url,
    connector: erp.connector,
    listen: { ...listen, notices: ({ data }) => [{ stream: 'items', keys: [(data as { key: string }).key] }] },
  });
  const log = { ...silentLog, error: (event: string) => void errors.push(event) };
  return openBench({ nasty: {}, systems: { erp: { connector } }, bindings, log });
}

/** Sends once the queue is there. */
async function tell(queue: string, key: string, messageId?: string): Promise<void> {
  await expect.poll(() => messagesIn(queue), POLL).toBeGreaterThanOrEqual(0);
  const options = messageId === undefined ? {} : { messageId };
  client.channel.sendToQueue(queue, Buffer.from(JSON.stringify({ key })), { persistent: true, ...options });
  await client.channel.waitForConfirms();
}

/** Messages that wait for a consumer; -1: there is no such queue. */
async function messagesIn(queue: string): Promise<number> {
  await using asking = await server.client();
  return await asking.channel.checkQueue(queue).then(
    ({ messageCount }) => messageCount,
    () => -1,
  );
}

/** Waits until nothing in a queue waits for its consumer. */
async function settled(queue: string): Promise<void> {
  await expect.poll(() => messagesIn(queue), POLL).toBe(0);
}

async function drained(bench: Bench): Promise<void> {
  await expect.poll(async () => (await bench.store.summary()).rechecks, POLL).toEqual([]);
  await bench.engine.idle();
}

async function events(bench: Bench) {
  return (await bench.engine.status()).systems[0]?.events;
}
