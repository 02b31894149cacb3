import { eventDriven } from '@datastores/core';
import { expect, test } from 'vitest';
import type { Inbound, Notice } from '../../../apps/sync-server/src/connectors/connector.ts';
import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import type { SystemDeclaration } from '../../../apps/sync-server/src/reconcile/reconciler.ts';
import { articleBinding, type Bench, openBench } from '../../support/engine.ts';
import { createNastySystem, type NastySystem } from '../../support/nasty-system.ts';

const bindings = [articleBinding({ strategies: [eventDriven()] })];

test('a notice has its record read, and nothing else', async () => {
  const erp = createNastySystem();
  await using bench = await openWith(erp);
  erp.insert('a1', { name: 'New' });
  erp.insert('a2', { name: 'Nobody tells of this' });
  const before = { ...erp.calls };
  expect(await notify(bench, { keys: ['a1'] })).toEqual({ is: 'taken', duplicates: 0 });
  await expect.poll(() => bench.read('items-a1'), POLL).toMatchObject({ name: 'New' });
  erp.remove('a1');
  await notify(bench, { keys: ['a1', 'never-there'] });
  await expect.poll(() => bench.read('items-a1'), POLL).toBeNull();
  await expect.poll(() => waiting(bench), POLL).toBe(0);
  expect(erp.calls).toEqual({ ...before, get: before.get + 2 });
  expect(await bench.read('items-a2')).toBeNull();
});

test('a repeated notice does nothing, also after a restart', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'One' });
  await using bench = await openWith(erp);
  await notify(bench, { id: 'e1', keys: ['a1'] });
  await expect.poll(() => waiting(bench), POLL).toBe(0);
  await expect.poll(() => erp.calls.get, POLL).toBe(1);
  await bench.restart();
  expect(await notify(bench, { id: 'e1', keys: ['a1'] })).toEqual({ is: 'taken', duplicates: 1 });
  expect(await waiting(bench)).toBe(0);
  expect((await bench.engine.status()).systems[0]?.events).toMatchObject({ taken: 0, duplicates: 1 });
});

test('late, repeated and disordered notices end in what the system holds', async () => {
  const erp = createNastySystem();
  await using bench = await openWith(erp);
  const notices: Notice[] = [];
  for (let round = 0; round < 60; round += 1) {
    const key = `a${round % 6}`;
    if (round % 11 === 10) erp.remove(key);
    else erp.insert(key, { name: `Round ${round}`, price: round });
    notices.push({ id: `e${round}`, stream: 'items', keys: [key] });
  }
  const disordered = [...notices, ...notices].map((notice, index) => ({ notice, order: (index * 7919) % 127 }));
  disordered.sort((a, b) => a.order - b.order);
  for (const { notice } of disordered) await bench.engine.receive('erp', inbound([notice]));
  await expect.poll(() => waiting(bench), POLL).toBe(0);
  const here = await bench.all();
  expect([...here.keys()].sort()).toEqual([...erp.records.keys()].map((key) => `items-${key}`).sort());
  for (const [key, { data }] of erp.records) expect(here.get(`items-${key}`)).toMatchObject(data);
});

test('a swarm of 100,000 notices for 50 records leads to few reads', async () => {
  const erp = createNastySystem();
  for (let index = 0; index < 50; index += 1) erp.insert(`a${index}`, { name: `Article ${index}` });
  await using bench = await openWith(erp);
  const began = Date.now();
  for (let call = 0; call < 1_000; call += 1) {
    const swarm = Array.from({ length: 100 }, (_, index): Notice => {
      return { id: `e${call}-${index}`, stream: 'items', keys: [`a${(call * 7 + index) % 50}`] };
    });
    await bench.engine.receive('erp', inbound(swarm));
  }
  await expect.poll(() => waiting(bench), POLL).toBe(0);
  const seconds = (Date.now() - began) / 1_000;
  expect(erp.calls.get).toBeLessThanOrEqual(3 + seconds);
  expect((await bench.all()).size).toBe(50);
}, 120_000);

test('a queue that is full is told, refused, and taken up once it was read', async () => {
  const erp = createNastySystem();
  await using bench = await openWith(erp, { notices: { maxWaiting: 3 } });
  erp.outage = new SystemError('down', 'connection refused');
  expect(await notify(bench, { keys: ['a1', 'a2', 'a3'] })).toMatchObject({ is: 'taken' });
  expect(await notify(bench, { id: 'e4', keys: ['a4'] })).toEqual({ is: 'full', retryAfterMs: 30_000 });
  expect(await notify(bench, { keys: ['a3'] })).toMatchObject({ is: 'taken' });
  await expect.poll(async () => (await bench.engine.status()).systems[0]?.streams[0]?.toRead, POLL).toBe(3);
  erp.insert('a4', { name: 'Four' });
  erp.outage = null;
  await bench.engine.pullNow('erp');
  await expect.poll(() => waiting(bench), POLL).toBe(0);
  expect(await notify(bench, { id: 'e4', keys: ['a4'] })).toEqual({ is: 'taken', duplicates: 0 });
});

test('a full queue is the error of a system that answers', async () => {
  const erp = createNastySystem();
  await using bench = await openWith(erp, { notices: { maxWaiting: 2 } });
  await bench.store.addRechecks(['a1', 'a2'].map((key) => ({ system: 'erp', stream: 'items', key })));
  expect((await bench.engine.status()).systems[0]?.error).toContain('2 records of "items" wait to be read');
});

test('while the system is down notices are taken, and read when it is back', async () => {
  const erp = createNastySystem();
  await using bench = await openWith(erp);
  erp.outage = new SystemError('auth', 'password expired');
  await bench.engine.pullNow('erp');
  expect((await bench.engine.status()).systems[0]?.state).toBe('action-required');
  erp.insert('a1', { name: 'Meanwhile' });
  expect(await notify(bench, { keys: ['a1'] })).toMatchObject({ is: 'taken' });
  const reads = erp.calls.get;
  erp.outage = null;
  expect(await bench.read('items-a1')).toBeNull();
  expect(erp.calls.get).toBe(reads);
  await bench.engine.pullNow('erp');
  await expect.poll(() => bench.read('items-a1'), POLL).toMatchObject({ name: 'Meanwhile' });
});

test('what was taken before a kill is read by the next process', async () => {
  const erp = createNastySystem();
  await using bench = await openWith(erp);
  erp.insert('a1', { name: 'Before the kill' });
  await notify(bench, { keys: ['a1'] });
  bench.killAfter(0);
  await bench.restart();
  await expect.poll(() => bench.read('items-a1'), POLL).toMatchObject({ name: 'Before the kill' });
});

test.each<[why: string, notices: unknown, says: RegExp]>([
  ['no list', null, /no list/],
  ['a stream that is not there', [{ id: 'e1', stream: 'itmes', keys: [] }], /"itmes", which the connector does not/],
  ['a key that is a number', [{ id: 'e1', stream: 'items', keys: [7] }], /no key/],
  ['an empty key', [{ id: 'e1', stream: 'items', keys: [''] }], /no key/],
  ['an endless id', [{ id: 'x'.repeat(501), stream: 'items', keys: ['a1'] }], /longer than 500/],
  ['no keys', [{ id: 'e1', stream: 'items' }], /not a list/],
  ['too many keys', [{ id: 'e1', stream: 'items', keys: Array(10_001).fill('a1') }], /more than 10000 keys/],
])('notices with %s are refused with the reason, and told', async (_why, notices, says) => {
  const erp = createNastySystem();
  await using bench = await openWith(erp);
  const refused = bench.engine.receive('erp', inbound(notices));
  await expect(refused).rejects.toMatchObject({ code: 'REQUEST_INVALID', message: expect.stringMatching(says) });
  const { events } = (await bench.engine.status()).systems[0] ?? {};
  expect(events).toMatchObject({ refused: 1, lastRefusal: expect.stringMatching(says) });
  expect(await waiting(bench)).toBe(0);
});

test('a system that is not there, or takes no webhooks, is null', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  expect(await bench.engine.receive('erp', inbound([]))).toBeNull();
  expect(await bench.engine.receive('constructor', inbound([]))).toBeNull();
});

const POLL = { timeout: 10_000 };

/** An engine whose system takes what the body of a call says for notices. */
function openWith(erp: NastySystem, over: Partial<SystemDeclaration> = {}): Promise<Bench> {
  const receive = async ({ body }: Inbound) => JSON.parse(new TextDecoder().decode(body)) as readonly Notice[];
  const connector = { ...erp.connector, receive };
  return openBench({ nasty: {}, systems: { erp: { connector, ...over } }, bindings });
}

function inbound(notices: unknown): Inbound {
  return { method: 'POST', path: '/', headers: {}, body: Buffer.from(JSON.stringify(notices)) };
}

function notify(bench: Bench, { id = null, keys }: { readonly id?: string | null; readonly keys: readonly string[] }) {
  return bench.engine.receive('erp', inbound([{ id, stream: 'items', keys }]));
}

async function waiting(bench: Bench): Promise<number> {
  return (await bench.store.summary()).rechecks.reduce((sum, { keys }) => sum + keys, 0);
}
