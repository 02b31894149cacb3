import { expect, test } from 'vitest';
import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { frozenOf } from '../../../apps/sync-server/src/reconcile/make-write.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const LATER = { now: Number.MAX_SAFE_INTEGER, limit: 1 };

test('an outage costs no row an attempt, survives a restart, and ends with a probe', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  erp.outage = new SystemError('down', 'connection refused');
  await bench.write('mine', { name: 'Mine' });
  await bench.engine.idle();
  for (let round = 0; round < 4; round += 1) await bench.engine.pushNow('erp');
  const down = (await bench.engine.status()).systems[0];
  expect(down).toMatchObject({ state: 'down', error: expect.stringContaining('connection refused') });
  expect(down?.retryAt).toBeGreaterThan(Date.now());
  const calls = { ...erp.calls };
  await bench.restart();
  expect(erp.calls).toEqual(calls);
  expect((await bench.engine.status()).systems[0]).toMatchObject({ state: 'down' });
  expect(await bench.store.outboxHeads('erp', { now: Date.now(), limit: 1 })).toMatchObject([
    { state: 'ready', attempts: 0 },
  ]);
  erp.outage = null;
  await bench.engine.pushNow('erp');
  await bench.engine.idle();
  expect(erp.records.size).toBe(1);
  expect(erp.calls.check).toBeGreaterThan(calls.check);
  expect((await bench.engine.status()).systems[0]).toMatchObject({ state: 'healthy', failures: 0, error: null });
});

test('a system that comes back is taken up without anybody asking', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  erp.failPushes({ throttledMs: 50 });
  await bench.write('mine', { name: 'Mine' });
  await bench.engine.idle();
  expect((await bench.engine.status()).systems[0]).toMatchObject({ state: 'down' });
  await expect.poll(() => erp.records.size, { timeout: 5_000 }).toBe(1);
  await bench.engine.idle();
  expect((await bench.engine.status()).systems[0]).toMatchObject({ state: 'healthy' });
});

test('a wrong password waits for a person', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  erp.failPushes('auth');
  await bench.write('mine', { name: 'Mine' });
  await bench.engine.idle();
  expect((await bench.engine.status()).systems[0]).toMatchObject({
    state: 'action-required',
    error: 'auth: password expired',
  });
  await bench.engine.pushNow('erp');
  expect(erp.records.size).toBe(1);
});

test('one system that is down holds up no other', async () => {
  const erp = createNastySystem();
  const shop = createNastySystem();
  erp.outage = new SystemError('down', 'connection refused');
  const bindings = [articleBinding({ fields: { name: { merge: 'there' }, note: { merge: 'here' } } })];
  const other = articleBinding({ system: 'shop', fields: { name: { merge: 'there' }, stock: { merge: 'sum' } } });
  await using bench = await openBench({ nasty: { erp, shop }, bindings: [...bindings, other] });
  await bench.write('mine', { name: 'Mine', stock: 2 });
  await bench.engine.idle();
  expect([...shop.records.values()].map(({ data }) => data)).toEqual([{ name: 'Mine', stock: 2 }]);
  expect(await bench.pending('erp')).toBe(1);
  expect(await bench.pending('shop')).toBe(0);
});

test('a bug in one call is reported and stops nothing but that cycle', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'Article' });
  await using bench = await openBench({ nasty: { erp } });
  erp.outage = new TypeError('undefined is not a function');
  await bench.engine.pullNow('erp');
  const status = (await bench.engine.status()).systems[0];
  expect(status).toMatchObject({ state: 'healthy', streams: [{ error: 'undefined is not a function' }] });
  erp.outage = null;
  erp.edit('a1', { name: 'Changed' });
  await bench.engine.pullNow('erp');
  expect(await bench.read('items-a1')).toMatchObject({ name: 'Changed' });
  expect((await bench.engine.status()).systems[0]?.streams[0]?.error).toBeNull();
});

test('a connector that never answers is given up on, and what it was sent is asked for', async () => {
  const erp = createNastySystem();
  const systems = { erp: { connector: erp.connector, timeoutMs: 50 } };
  await using bench = await openBench({ nasty: { erp }, systems });
  const stream = erp.connector.streams.items;
  const push = stream?.push;
  if (stream === undefined || push === undefined) throw new Error('the stream cannot push');
  Object.assign(stream, {
    push: async (...args: Parameters<typeof push>) => {
      await push(...args);
      Object.assign(stream, { push });
      return new Promise(() => {});
    },
  });
  await bench.write('mine', { name: 'Mine' });
  await bench.engine.idle();
  await expect.poll(() => bench.pending(), { timeout: 5_000 }).toBe(0);
  expect(erp.records.size).toBe(1);
});

test('a write that is repeated by another process says when it was first sent', async () => {
  const erp = createNastySystem({ finds: false, traits: { creates: 'idempotent' } });
  await using bench = await openBench({ nasty: { erp } });
  const before = Date.now();
  erp.failPushes('cut-before', 'cut-before');
  await bench.write('mine', { name: 'Mine' });
  await expect.poll(() => bench.store.outboxHeads('erp', LATER)).toMatchObject([{ state: 'unknown' }]);
  await bench.engine.close();
  const [row] = await bench.store.outboxHeads('erp', LATER);
  const sent = row && frozenOf(row)?.write.firstSentAt;
  expect(sent).toBeGreaterThanOrEqual(before);
  await bench.restart();
  await bench.engine.pushNow('erp');
  await expect.poll(() => erp.applied, { timeout: 5_000 }).toMatchObject([{ op: 'create', firstSentAt: sent }]);
});

test('a refused record becomes a dead letter and holds only its own lane', async () => {
  for (const fails of ['each', 'all'] as const) {
    const erp = createNastySystem({ traits: { batch: { max: 10, fails } } });
    await using bench = await openBench({ nasty: { erp } });
    erp.outage = new SystemError('down', 'wait');
    for (const name of ['one', 'two', 'bad', 'four', 'five']) await bench.write(name, { name });
    await bench.engine.idle();
    erp.outage = null;
    await bench.engine.pushNow('erp');
    expect([...erp.records.values()].map(({ data }) => data.name).sort()).toEqual(['five', 'four', 'one', 'two']);
    expect(await bench.store.outboxDead({ limit: 10 })).toMatchObject([{ id: 'bad', error: 'bad name' }]);
    expect(erp.applied).toHaveLength(4);
  }
});

test('a write that is refused for now is repeated later and given up on after ten failures', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  const again = { outcome: { is: 'retry', reason: 'locked' } } as const;
  erp.failPushes(...Array.from({ length: 10 }, () => again));
  await bench.write('mine', { name: 'Mine' });
  await bench.engine.idle();
  expect(await bench.store.outboxDead({ limit: 1 })).toMatchObject([
    { attempts: 10, error: expect.stringContaining('locked') },
  ]);
  expect(erp.records.size).toBe(0);
});
