import type { Caller } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { callerOf, insertRow, openService, pushRows } from './test-service.ts';
import { things } from './thing.ts';

const never = new AbortController().signal;

test('a consumer that does not read finds the newest position alone, however much happened', async () => {
  await using at = await openService([things]);
  const stream = at.service.changes({ protocol: 1 }, callerOf('ana'), never)[Symbol.asyncIterator]();
  expect((await stream.next()).value).toEqual({ heads: { main: 0 } });
  const wire = { service: at.service, caller: callerOf('ana'), datastore: things, replica: 'replica-1' };
  for (let n = 1; n <= 20; n += 1) await pushRows(wire, [insertRow({ id: `x${n}`, name: 'x' })]);
  expect((await stream.next()).value).toEqual({ heads: { main: 20 } });
  at.service.close();
  expect((await stream.next()).done).toBe(true);
});

test('a stream ends with the token it was opened with', async () => {
  await using at = await openService([things]);
  const caller: Caller = { ...callerOf('ana'), expiresAt: Date.now() + 150 };
  const pokes: unknown[] = [];
  for await (const poke of at.service.changes({ protocol: 1 }, caller, never)) pokes.push(poke);
  expect(Date.now()).toBeGreaterThanOrEqual(caller.expiresAt as number);
  expect(pokes).toHaveLength(1);
});

test('a stream that is cancelled while it waits ends at once', async () => {
  await using at = await openService([things]);
  const cancel = new AbortController();
  const stream = at.service.changes({ protocol: 1 }, callerOf('ana'), cancel.signal)[Symbol.asyncIterator]();
  await stream.next();
  const waiting = stream.next();
  cancel.abort();
  expect((await waiting).done).toBe(true);
});
