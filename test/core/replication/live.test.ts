import type { ChangesListener, Transport } from '@datastores/core';
import { type Poke, STREAM_SILENCE_MS } from '@datastores/core/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLive } from '../../../packages/core/src/replication/live.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const POKE: Poke = { all: true, steps: [] };

/** A live stream over a transport whose streams do what the test says. `random` is always a half. */
function start() {
  const streams: { readonly listener: ChangesListener; readonly datastores: unknown; closed: boolean }[] = [];
  const pokes: Poke[] = [];
  const changes: boolean[] = [];
  const transport = {
    changes({ datastores }: Parameters<Transport['changes']>[0], listener: ChangesListener) {
      const stream = { listener, datastores, closed: false };
      streams.push(stream);
      return {
        close() {
          stream.closed = true;
        },
      };
    },
  } as unknown as Transport;
  const live = createLive({
    transport,
    random: () => 0.5,
    datastores: { product: 3 },
    poked: (poke) => void pokes.push(poke),
    changed: () => void changes.push(live.connected()),
  });
  const last = () => streams.at(-1) as (typeof streams)[number];
  return { live, streams, pokes, changes, last };
}

test('one stream is opened for all datastores, and it counts as open from its first poke', () => {
  const { live, streams, pokes, changes, last } = start();
  expect(last().datastores).toEqual({ product: 3 });
  expect(live.connected()).toBe(false);
  last().listener.poke(POKE);
  last().listener.poke({ all: false, steps: [] });
  expect(live.connected()).toBe(true);
  expect(pokes).toHaveLength(2);
  expect(changes).toEqual([true]);
  vi.advanceTimersByTime(24 * 3_600_000);
  expect(streams).toHaveLength(1);
});

test('after errors it is opened again later and later, up to half a minute, with jitter; a poke starts over', () => {
  const { streams, last } = start();
  const waited: number[] = [];
  for (let time = 0; time < 9; time += 1) {
    const before = streams.length;
    last().listener.ended(new Error('503'));
    let ms = 0;
    for (; streams.length === before; ms += 50) vi.advanceTimersByTime(50);
    waited.push(ms);
  }
  // Half of 500, 1,000, 2,000 … and of the 30 seconds that are the most.
  expect(waited).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  last().listener.poke(POKE);
  last().listener.ended(new Error('gone'));
  vi.advanceTimersByTime(250);
  expect(streams).toHaveLength(11);
});

test('a stream that the server ended on purpose is opened again soon, however often that happens', () => {
  const { live, streams, changes, last } = start();
  for (let time = 1; time < 20; time += 1) {
    last().listener.poke(POKE);
    last().listener.ended(null);
    expect(live.connected()).toBe(false);
    vi.advanceTimersByTime(250);
    expect(streams).toHaveLength(time + 1);
  }
  expect(changes.slice(0, 4)).toEqual([true, false, true, false]);
});

test('a stream that never brings its first poke is given up, closed, and opened again', () => {
  const { live, streams } = start();
  vi.advanceTimersByTime(STREAM_SILENCE_MS - 1);
  expect(streams[0]?.closed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(streams[0]?.closed).toBe(true);
  vi.advanceTimersByTime(250);
  expect(streams).toHaveLength(2);
  streams[0]?.listener.poke(POKE);
  expect(live.connected()).toBe(false);
  streams[0]?.listener.ended(null);
  vi.advanceTimersByTime(1_000);
  expect(streams).toHaveLength(2);
});

test('asked to, it tries at once, but only where it is waiting for its next attempt', () => {
  const { live, streams, last } = start();
  live.retry();
  expect(streams).toHaveLength(1);
  last().listener.ended(new Error('offline'));
  live.retry();
  expect(streams).toHaveLength(2);
  last().listener.poke(POKE);
  live.retry();
  vi.advanceTimersByTime(60_000);
  expect(streams).toHaveLength(2);
});

test('closed, it closes its stream and opens no other', () => {
  const { live, streams, pokes, last } = start();
  last().listener.poke(POKE);
  live.close();
  expect(last().closed).toBe(true);
  last().listener.poke(POKE);
  last().listener.ended(null);
  vi.advanceTimersByTime(60_000);
  expect(live.connected()).toBe(false);
  expect([streams.length, pokes.length]).toEqual([1, 1]);
});

test('closed while it waits, it opens no other either', () => {
  const { live, streams, last } = start();
  last().listener.ended(new Error('offline'));
  live.close();
  live.retry();
  vi.advanceTimersByTime(60_000);
  expect(streams).toHaveLength(1);
});
