import { DatastoreError } from '@datastores/core';
import { type Poke, STREAM_MAX_MS, STREAM_PING_MS } from '@datastores/core/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { pokeStream } from '../../../apps/sync-server/src/http/poke-stream.ts';

afterEach(() => {
  vi.useRealTimers();
});

const poke = (tag: string): Poke => ({
  all: false,
  steps: [{ scope: 'main', after: null, to: { epoch: 'e', seq: 1, tag }, changes: {} }],
});
const CONNECTED = 'event: connected\ndata: {"reconnectAfterInactivityMs":35000}\n\n';
const RETURN = 'event: return\ndata: \n\n';
const framed = (given: Poke) => `data: ${JSON.stringify({ json: given })}\n\n`;

/** Pokes that wait until the signal aborts, after the given ones. */
async function* waiting(given: readonly Poke[], signal: AbortSignal): AsyncGenerator<Poke> {
  yield* given;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

test('pokes go out as the events that subscriptions of tRPC are made of, and the end is told', async () => {
  const pokes = async function* () {
    yield poke('a');
    yield poke('ü');
  };
  const stream = pokeStream({ open: async () => pokes(), failed: () => expect.unreachable() });
  expect(await textOf(stream)).toBe(`${CONNECTED}${framed(poke('a'))}${framed(poke('ü'))}${RETURN}`);
});

test.each<[string, (signal: AbortSignal) => Promise<AsyncIterable<Poke>>]>([
  ['before it begins', () => Promise.reject(new DatastoreError('TOKEN_EXPIRED', 'It ended.'))],
  [
    'in the middle',
    async () =>
      (async function* () {
        yield poke('a');
        throw new DatastoreError('TOKEN_EXPIRED', 'It ended.');
      })(),
  ],
])('a failure %s is told in the form of the protocol, and nothing of what is underneath', async (_when, open) => {
  const failures: string[] = [];
  const text = await textOf(pokeStream({ open, failed: ({ code }) => void failures.push(code) }));
  const [, data] = /event: serialized-error\ndata: (.*)\n\n$/.exec(text) ?? [];
  expect(JSON.parse(data ?? '{}').json.data.error).toMatchObject({ code: 'TOKEN_EXPIRED', retryable: false });
  expect(text).not.toMatch(/stack|\.ts:/);
  expect(failures).toEqual(['UNAUTHORIZED']);
});

test('an idle stream pings, and ends when its time is over', async () => {
  vi.useFakeTimers();
  const stream = pokeStream({ open: async (signal) => waiting([poke('a')], signal), failed: () => {} });
  const text = textOf(stream);
  for (let ms = 0; ms < STREAM_MAX_MS; ms += STREAM_PING_MS) await vi.advanceTimersByTimeAsync(STREAM_PING_MS);
  const frames = (await text).split('\n\n');
  expect(vi.getTimerCount()).toBe(0);
  expect(frames[1]).toContain('"a"');
  expect(frames.filter((frame) => frame === 'event: ping\ndata: ').length).toBeGreaterThan(100);
  expect(frames.slice(-2)).toEqual([RETURN.trim().concat(' '), '']);
});

test('a reader that leaves ends the pokes', async () => {
  let aborted = false;
  const stream = pokeStream({
    open: async (signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return waiting([], signal);
    },
    failed: () => expect.unreachable(),
  });
  stream.resume();
  await new Promise((resolve) => setImmediate(resolve));
  stream.destroy();
  await expect.poll(() => aborted).toBe(true);
});

test('a reader that does not read is not asked for: pokes are taken one by one as there is room', async () => {
  let asked = 0;
  const large = { ...poke('x'.repeat(30_000)) };
  const pokes = async function* () {
    for (; asked < 1_000; ) {
      asked += 1;
      yield large;
    }
  };
  const stream = pokeStream({ open: async () => pokes(), failed: () => {} });
  stream.once('readable', () => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked).toBeLessThan(5);
  stream.resume();
  await expect.poll(() => asked).toBe(1_000);
});
