import { realTime } from '@datastores/core';
import type { Connector, Stream, Write } from '@datastores/sync-server';
import { nats } from '@datastores/sync-server/nats';
import { expect, test } from 'vitest';
import { testContext } from '../../../support/context.ts';
import { articleBinding, openBench } from '../../../support/engine.ts';
import { createNastySystem } from '../../../support/nasty-system.ts';
import { type NatsClient, type NatsServer, startNats } from '../../../support/nats.ts';

const context = testContext();
const CREATE: Write = { id: 'w1', op: 'create', ref: 'items-a1', data: { name: 'Chair', price: 10 } };
const UPDATE: Write = { id: 'w2', op: 'update', key: 'items-a1', patch: { price: 12 } };

test('each write is one message with the write id, however often it is repeated', async () => {
  await using at = await openStream();
  const { stream, client } = at;
  const add: Write = { id: 'w3', op: 'add', key: 'items-a1', amounts: { stock: -1 } };
  const remove: Write = { id: 'w4', op: 'delete', key: 'items-a1' };
  for (const write of [CREATE, UPDATE, add, remove]) {
    expect(await stream.push?.([write], context)).toMatchObject([{ is: 'applied', key: 'items-a1' }]);
    expect(await stream.push?.([write], context)).toMatchObject([{ is: 'applied', key: 'items-a1' }]);
  }
  expect(await messages(client)).toEqual([
    { subject: 'shop.items-a1', id: 'w1', text: { id: 'w1', op: 'create', key: 'items-a1', data: CREATE.data } },
    { subject: 'shop.items-a1', id: 'w2', text: { id: 'w2', op: 'update', key: 'items-a1', patch: { price: 12 } } },
    { subject: 'shop.items-a1', id: 'w3', text: { id: 'w3', op: 'add', key: 'items-a1', amounts: { stock: -1 } } },
    { subject: 'shop.items-a1', id: 'w4', text: { id: 'w4', op: 'delete', key: 'items-a1' } },
  ]);
});

test('beyond the window of the broker the newest message tells whether a write landed', async () => {
  await using at = await openStream({ duplicate_window: 100_000_000 });
  const { stream, client } = at;
  expect(await stream.find?.(CREATE, context)).toBeNull();
  await stream.push?.([CREATE], context);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await stream.find?.(CREATE, context)).toEqual({ key: 'items-a1', data: CREATE.data });
  expect(await stream.find?.(UPDATE, context)).toBeNull();
  // Without having asked, a repeat would be a second message.
  await stream.push?.([CREATE], context);
  expect(await messages(client)).toHaveLength(2);
});

test('a record is what its newest message says, and keys of any kind are subjects of their own', async () => {
  await using at = await openStream();
  const { stream } = at;
  const keys = ['a.b', 'a*b', 'a>b', 'a b', 'ä/b', 'a%2Eb', '.'];
  const creates = keys.map((ref, index): Write => ({ id: `c${index}`, op: 'create', ref, data: { name: ref } }));
  expect((await stream.push?.(creates, context))?.map(({ is }) => is)).toEqual(keys.map(() => 'applied'));
  const read = await stream.get([...keys, 'none'], context);
  expect([...read.keys()]).toEqual(keys);
  for (const key of keys) expect(read.get(key)?.data).toEqual({ name: key });
  await stream.push?.([{ id: 'd1', op: 'delete', key: 'a.b' }], context);
  expect(await stream.get(['a.b', 'a*b'], context).then((items) => [...items.keys()])).toEqual(['a*b']);
});

test('a message that is too large is refused alone', async () => {
  await using at = await openStream();
  const large: Write = { id: 'w9', op: 'create', ref: 'large', data: { name: 'x'.repeat(1_100_000) } };
  expect(await at.stream.push?.([large, CREATE], context)).toMatchObject([{ is: 'rejected' }, { is: 'applied' }]);
});

test.each<[what: string, config: object | null, says: string]>([
  ['no stream takes the subject', null, 'No stream takes'],
  ['the stream forgets what was read', { retention: 'workqueue' }, 'lets messages go'],
])('where %s nothing is published, and the reason is told', async (_what, config, says) => {
  await using server = await startNats();
  await using client = await server.client();
  if (config !== null) await client.manager.streams.add({ name: 'SHOP', subjects: ['shop.>'], ...config });
  const connector = outConnector(server);
  await expect(connector.streams['items']?.push?.([CREATE], context)).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining(says),
  });
  await expect(connector.check(context)).rejects.toMatchObject({ kind: 'shape' });
  await connector.close();
});

test('a stream that is taken away while writes go is asked for anew', async () => {
  await using at = await openStream();
  const { stream, client } = at;
  await stream.push?.([CREATE], context);
  await client.manager.streams.delete('SHOP');
  const [outcome] = (await stream.push?.([UPDATE], context)) ?? [];
  expect(outcome?.is).toBe('retry');
  await expect(stream.push?.([UPDATE], context)).rejects.toMatchObject({ kind: 'shape' });
});

test('a broker that is away is down, one that refuses the password wants a person', async () => {
  const server = await startNats();
  const connector = outConnector(server);
  await server[Symbol.asyncDispose]();
  await expect(connector.check(context)).rejects.toMatchObject({ kind: 'down' });
  await connector.close();
});

test('changes of documents are published in order of each document, once, over a crash of the broker', async () => {
  await using server = await startNats();
  await using before = await server.client();
  await before.manager.streams.add({ name: 'SHOP', subjects: ['shop.>'] });
  const out = articleBinding({
    toDocument: () => ({}),
    fields: { name: { from: 'here' }, price: { from: 'here' } },
    strategies: [realTime()],
  });
  await using bench = await openBench({
    nasty: {},
    systems: { erp: { connector: outConnector(server) } },
    bindings: [out],
  });
  await bench.write('a1', { name: 'One', price: 0 });
  await bench.engine.idle();
  await server.stop('SIGKILL');
  for (let price = 1; price <= 5; price += 1) await bench.edit('a1', { price });
  await bench.write('a2', { name: 'Two' });
  await bench.engine.idle();
  await server.start();
  await using client = await server.client();
  const pending = async () => {
    await bench.engine.pushNow('erp');
    return bench.pending();
  };
  await expect.poll(pending, { timeout: 20_000, interval: 100 }).toBe(0);
  await bench.engine.idle();
  const all = await messages(client);
  expect(all.filter(({ text }) => text.op === 'create')).toHaveLength(2);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  const prices = all.flatMap(({ text }) => [text.data ?? text.patch].flatMap((said) => said?.price ?? []));
  expect(prices.at(0)).toBe(0);
  expect(prices.at(-1)).toBe(5);
  expect([...prices].sort()).toEqual(prices);
  expect((await bench.engine.status()).systems[0]).toMatchObject({ state: 'healthy', streams: [{ links: 2 }] });
});

test.each<[what: string, options: object, says: RegExp]>([
  ['nothing to do', { servers: 'nats://x' }, /declare listen/],
  ['no server', { streams: { items: { subject: 'a' } } }, /servers/],
  [
    'a wildcard to publish to',
    { servers: 'nats://x', streams: { items: { subject: 'a.>' } } },
    /streams\.items\.subject/,
  ],
  [
    'nothing to read from',
    { servers: 'nats://x', listen: { stream: 'S', consumer: 'c', notices: () => [] } },
    /connector/,
  ],
])('options with %s are refused', (_what, options, says) => {
  expect(() => nats(options as Parameters<typeof nats>[0])).toThrow(says);
});

test('a stream of the same name on both sides is refused', () => {
  const { connector } = createNastySystem();
  expect(() => nats({ servers: 'nats://x', connector, streams: { items: { subject: 'a' } } })).toThrow(
    /already has a stream "items"/,
  );
});

async function openStream(config: object = {}): Promise<{ stream: Stream; client: NatsClient } & AsyncDisposable> {
  const server = await startNats();
  const client = await server.client();
  await client.manager.streams.add({ name: 'SHOP', subjects: ['shop.>'], ...config });
  const connector = outConnector(server);
  const stream = connector.streams['items'];
  if (stream === undefined) throw new Error('The connector has no stream.');
  return {
    stream,
    client,
    [Symbol.asyncDispose]: async () => {
      await connector.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

function outConnector(server: NatsServer): Connector {
  return nats({ servers: server.url, timeoutMs: 5_000, streams: { items: { subject: 'shop' } } });
}

interface Said {
  readonly op: string;
  readonly data?: { readonly price?: number };
  readonly patch?: { readonly price?: number };
}

async function messages(client: NatsClient) {
  const { state } = await client.manager.streams.info('SHOP');
  const all: { subject: string; id: string | undefined; text: Said }[] = [];
  for (let seq = 1; seq <= state.last_seq; seq += 1) {
    const message = await client.manager.streams.getMessage('SHOP', { seq });
    if (message === null) continue;
    all.push({ subject: message.subject, id: message.header?.get('Nats-Msg-Id'), text: message.json<Said>() });
  }
  return all;
}
