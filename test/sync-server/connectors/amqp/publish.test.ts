import { realTime } from '@datastores/core';
import type { Stream, Write } from '@datastores/sync-server';
import { amqp } from '@datastores/sync-server/amqp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testContext } from '../../../support/context.ts';
import { articleBinding, openBench } from '../../../support/engine.ts';
import { type RabbitClient, type RabbitServer, startRabbit } from '../../../support/rabbitmq.ts';

let server: RabbitServer;
let client: RabbitClient;
beforeAll(async () => {
  server = await startRabbit();
  client = await server.client();
}, 120_000);
afterAll(() => server[Symbol.asyncDispose]());

const context = testContext();
const CREATE: Write = { id: 'w1', op: 'create', ref: 'items-a1', data: { name: 'Chair', price: 10 } };

test('each write is one durable message that names write, record and kind', async () => {
  await using at = await openStream('one');
  const update: Write = { id: 'w2', op: 'update', key: 'items-a1', patch: { price: 12 }, ifVersion: '7' };
  const outcomes = await at.stream.push?.([CREATE, update], context);
  expect(outcomes).toEqual([
    { is: 'applied', key: 'items-a1', item: { key: 'items-a1', data: CREATE.data } },
    { is: 'applied', key: 'items-a1', item: { key: 'items-a1', data: { price: 12 } } },
  ]);
  const [first, second] = await taken('one');
  expect(first).toMatchObject({ id: 'w1', text: { id: 'w1', op: 'create', key: 'items-a1', data: CREATE.data } });
  expect(second).toMatchObject({ id: 'w2', text: { id: 'w2', op: 'update', key: 'items-a1', patch: { price: 12 } } });
  expect(first?.headers).toMatchObject({ 'x-datastores-op': 'create', 'x-datastores-key': 'items-a1' });
});

test('a message that no queue takes was not sent', async () => {
  await client.channel.assertExchange('nowhere', 'direct', { durable: true });
  await using at = await openStream('nowhere', { exchange: 'nowhere' });
  const outcomes = await at.stream.push?.([CREATE], context);
  expect(outcomes).toEqual([{ is: 'retry', reason: 'AMQP: No queue takes the message.' }]);
  await client.channel.assertQueue('found', { durable: true });
  await client.channel.bindQueue('found', 'nowhere', 'nowhere');
  expect(await at.stream.push?.([CREATE], context)).toMatchObject([{ is: 'applied' }]);
});

test('a queue that is full refuses, and nothing is taken for sent', async () => {
  await client.channel.assertQueue('full', {
    durable: true,
    arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
  });
  await using at = await openStream('full');
  const writes = [1, 2].map((index): Write => ({ ...CREATE, id: `w${index}`, ref: `r${index}` }));
  expect(await at.stream.push?.(writes, context)).toMatchObject([{ is: 'applied' }, { is: 'retry' }]);
});

test('an exchange that is not there, a password that is wrong and a broker that is away are told apart', async () => {
  await using missing = await openStream('missing', { exchange: 'missing' });
  await expect(missing.stream.push?.([CREATE], context)).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('no exchange "missing"'),
  });
  await client.channel.assertExchange('missing', 'fanout', { durable: true });
  expect(await missing.stream.push?.([CREATE], context)).toMatchObject([{ is: 'retry' }]);
  const streams = { items: { exchange: '', routingKey: 'one' } };
  const stranger = amqp({ url: server.url.replace('guest:guest', 'guest:hush'), streams });
  await expect(stranger.check(context)).rejects.toMatchObject({
    kind: 'auth',
    message: expect.not.stringContaining('hush'),
  });
  const away = amqp({ url: 'amqp://127.0.0.1:1', streams });
  await expect(away.check(context)).rejects.toMatchObject({ kind: 'down' });
  await Promise.all([stranger.close(), away.close()]);
});

test('a create is repeated after a lost answer only where the readers drop what they have seen', () => {
  const of = (consumersDeduplicate?: boolean) => {
    const items = {
      exchange: '',
      routingKey: 'q',
      ...(consumersDeduplicate !== undefined && { consumersDeduplicate }),
    };
    return amqp({ url: server.url, streams: { items } }).streams['items']?.traits.creates;
  };
  expect([of(), of(false), of(true)]).toEqual(['unsafe', 'unsafe', 'idempotent']);
});

test('changes of documents are published in order of each document, over a crash of the broker', async () => {
  await client.channel.assertQueue('out', { durable: true });
  const connector = amqp({
    url: server.url,
    streams: { items: { exchange: '', routingKey: 'out', consumersDeduplicate: true } },
  });
  const out = articleBinding({
    toDocument: () => ({}),
    fields: { name: { from: 'here' }, price: { from: 'here' } },
    strategies: [realTime()],
  });
  await using bench = await openBench({ nasty: {}, systems: { erp: { connector } }, bindings: [out] });
  await bench.write('a1', { name: 'One', price: 0 });
  await bench.engine.idle();
  await server.stop('SIGKILL');
  for (let price = 1; price <= 5; price += 1) await bench.edit('a1', { price });
  await bench.write('a2', { name: 'Two' });
  await bench.engine.idle();
  await server.start();
  client = await server.client();
  const pending = async () => {
    await bench.engine.pushNow('erp');
    return bench.pending();
  };
  await expect.poll(pending, { timeout: 30_000, interval: 100 }).toBe(0);
  const all = await taken('out');
  const once = new Map(all.map((message) => [message.id, message.text]));
  expect([...once.values()].filter(({ op }) => op === 'create')).toHaveLength(2);
  const prices = all.flatMap(({ text }) => [text.data ?? text.patch].flatMap((said) => said?.price ?? []));
  expect([...prices].sort()).toEqual(prices);
  expect(prices.at(-1)).toBe(5);
}, 120_000);

test.each<[what: string, options: object, says: RegExp]>([
  ['nothing to do', { url: 'amqp://x' }, /declare listen/],
  ['another protocol', { url: 'http://x', streams: { items: { exchange: '', routingKey: 'q' } } }, /url: must begin/],
  ['nothing to read from', { url: 'amqp://x', listen: { queue: 'q', notices: () => [] } }, /connector: listen needs/],
])('options with %s are refused', (_what, options, says) => {
  expect(() => amqp(options as Parameters<typeof amqp>[0])).toThrow(says);
});

async function openStream(
  queue: string,
  { exchange = '' }: { readonly exchange?: string } = {},
): Promise<{ readonly stream: Stream } & AsyncDisposable> {
  if (exchange === '' && queue !== 'full') await client.channel.assertQueue(queue, { durable: true });
  const connector = amqp({ url: server.url, timeoutMs: 5_000, streams: { items: { exchange, routingKey: queue } } });
  const stream = connector.streams['items'];
  if (stream === undefined) throw new Error('The connector has no stream.');
  return { stream, [Symbol.asyncDispose]: () => connector.close() };
}

interface Said {
  readonly op: string;
  readonly data?: { readonly price?: number };
  readonly patch?: { readonly price?: number };
}

/** Takes everything out of a queue. */
async function taken(queue: string) {
  const all: { readonly id: unknown; readonly headers: unknown; readonly text: Said }[] = [];
  for (;;) {
    const message = await client.channel.get(queue, { noAck: true });
    if (message === false) return all;
    const { messageId: id, headers } = message.properties;
    all.push({ id, headers, text: JSON.parse(message.content.toString()) as Said });
  }
}
