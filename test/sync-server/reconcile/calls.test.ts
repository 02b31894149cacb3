import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { Clock } from '../../../apps/sync-server/src/clock.ts';
import { systemClock } from '../../../apps/sync-server/src/clock.ts';
import { type Context, type Page, SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { silentLog } from '../../../apps/sync-server/src/log.ts';
import { type CallOptions, createCalls, isUnanswered } from '../../../apps/sync-server/src/reconcile/calls.ts';
import { createJobQueue } from '../../../apps/sync-server/src/reconcile/job-queue.ts';
import { createLimiter } from '../../../apps/sync-server/src/reconcile/limiter.ts';
import { createTimers } from '../../../apps/sync-server/src/reconcile/timers.ts';

const callsOf = (over: Partial<CallOptions> = {}) =>
  createCalls({ system: 'erp', clock: systemClock, log: silentLog, signal: new AbortController().signal, ...over });

/** A clock that jumps to the end of every sleep. */
function jumpingClock(): Clock & { slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
}

test('calls are spaced evenly to the rate, without bursts', async () => {
  const clock = jumpingClock();
  const limiter = createLimiter(clock, 4);
  const { signal } = new AbortController();
  for (let call = 0; call < 4; call += 1) await limiter.turn(signal);
  expect(clock.now()).toBe(750);
});

test('a system that says that it is too much is called half as often, and within a minute as often as declared', async () => {
  const clock = jumpingClock();
  const limiter = createLimiter(clock, 4);
  const { signal } = new AbortController();
  const timeOf = async (calls: number) => {
    const begun = clock.now();
    for (let call = 0; call < calls; call += 1) await limiter.turn(signal);
    return clock.now() - begun;
  };
  await timeOf(4);
  limiter.throttled();
  limiter.throttled();
  expect(limiter.perSecond()).toBeCloseTo(2);
  await clock.sleep(2_000);
  limiter.throttled();
  expect(limiter.perSecond()).toBeLessThan(1.2);
  await clock.sleep(60_000);
  expect(limiter.perSecond()).toBe(4);
  expect(await timeOf(5)).toBe(1_000);
});

test('a system without a declared rate is slowed down from what it was asked, and in the end not at all', async () => {
  const clock = jumpingClock();
  const limiter = createLimiter(clock, undefined);
  const { signal } = new AbortController();
  for (let call = 0; call < 100; call += 1) await limiter.turn(signal);
  expect(clock.now()).toBe(0);
  limiter.throttled();
  expect(limiter.perSecond()).toBe(50);
  for (let refusal = 0; refusal < 50; refusal += 1) {
    await clock.sleep(1_000);
    limiter.throttled();
  }
  expect(limiter.perSecond()).toBeGreaterThanOrEqual(0.2);
  await clock.sleep(120_000);
  expect(limiter.perSecond()).toBeNull();
});

test('a clock that was put back ten years slows nobody down for ten years', async () => {
  let now = 400_000_000_000;
  const clock: Clock = { now: () => now, sleep: async () => {} };
  const limiter = createLimiter(clock, 4);
  await limiter.turn(new AbortController().signal);
  limiter.throttled();
  now -= 300_000_000_000;
  expect(limiter.perSecond()).toBeCloseTo(2);
  now += 60_000;
  expect(limiter.perSecond()).toBe(4);
});

test('a refused call is heard of, whether the connector says so or repeats it by itself', async () => {
  const heard: string[] = [];
  const log = { ...silentLog, info: (event: string) => void heard.push(event) };
  const calls = callsOf({ log });
  await calls.call(() => Promise.reject(new SystemError('throttled', '429'))).catch(() => {});
  expect(heard).toEqual(['system-rate-reduced']);
  await using server = await refusing();
  await callsOf({ log }).call((context) => context.fetch(server.url));
  expect(heard).toHaveLength(2);
});

test('a call that is not answered in time ends as a failure that may have had an effect, and is cancelled', async () => {
  let signal: AbortSignal | undefined;
  const hanging = callsOf({ timeoutMs: 20 }).call((context: Context) => {
    signal = context.signal;
    return new Promise(() => {});
  });
  const error = await hanging.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'SystemError', kind: 'down' });
  expect(isUnanswered(error)).toBe(true);
  expect(signal?.aborted).toBe(true);
});

test('each page has its own deadline, and leaving a reading early ends it', async () => {
  const calls = callsOf({ timeoutMs: 100 });
  let signal: AbortSignal | undefined;
  const read = async function* (context: Context): AsyncGenerator<Page> {
    signal = context.signal;
    for (let cursor = 0; ; cursor += 1) {
      await systemClock.sleep(60);
      yield { changes: [], cursor };
    }
  };
  const cursors: unknown[] = [];
  for await (const page of calls.pages(read)) {
    cursors.push(page.cursor);
    if (cursors.length === 3) break;
  }
  expect(cursors).toEqual([0, 1, 2]);
  expect(signal?.aborted).toBe(true);
});

test('closing cancels what runs, and that is no failure of the system', async () => {
  const control = new AbortController();
  const running = callsOf({ signal: control.signal }).call(() => new Promise(() => {}));
  control.abort(new Error('closing'));
  await expect(running).rejects.toThrow('closing');
});

test('jobs of one name join while they wait, urgent ones go first, and one of them runs at a time', async () => {
  const queue = createJobQueue();
  const ran: string[] = [];
  let running = 0;
  const job = (name: string, urgency: number) => ({
    name,
    urgency,
    run: async () => {
      running += 1;
      expect(running).toBe(1);
      ran.push(name);
      await Promise.resolve();
      running -= 1;
    },
  });
  const all = [queue.request(job('scan', 3)), queue.request(job('push', 0)), queue.request(job('scan', 3))];
  expect(queue.busy()).toBe(true);
  await Promise.all(all);
  await queue.drained();
  expect(ran).toEqual(['push', 'scan']);
  expect(queue.busy()).toBe(false);
  await queue.close();
  await queue.request(job('late', 0));
  expect(ran).toHaveLength(2);
});

test('a timer longer than one sleep can be still fires in time, and setting it again replaces it', async () => {
  const clock = jumpingClock();
  const step = 1_000;
  const stepping: Clock = { now: clock.now, sleep: (ms) => clock.sleep(Math.min(ms, step)) };
  const timers = createTimers(stepping);
  const fired: number[] = [];
  timers.set('a', 10, () => fired.push(-1));
  timers.set('a', 3_500, () => fired.push(clock.now()));
  await expect.poll(() => fired).toHaveLength(1);
  expect(fired[0]).toBeGreaterThanOrEqual(3_500);
  timers.close();
});

test('a timer of a clock that is put back ten years fires after the time that it was set for', async () => {
  const clock = jumpingClock();
  let offset = 0;
  let slept = 0;
  const putBack: Clock = {
    now: () => clock.now() + offset,
    sleep: async (ms) => {
      slept += ms;
      await clock.sleep(ms);
      offset = -10 * 365 * 86_400_000;
    },
  };
  const timers = createTimers(putBack);
  let fired = 0;
  timers.set('a', clock.now() + 2 * 3_600_000, () => {
    fired += 1;
  });
  await expect.poll(() => fired).toBe(1);
  expect(slept).toBeLessThanOrEqual(3 * 3_600_000);
  timers.close();
});

/** A server that finds every request too much. */
async function refusing() {
  const server = createServer((_request, response) => response.writeHead(429).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}
