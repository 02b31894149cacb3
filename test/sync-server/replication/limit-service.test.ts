import { PROTOCOL_VERSION } from '@datastores/core/protocol';
import { systemClock } from '@datastores/sync-server';
import { expect, test } from 'vitest';
import { limitService, type ServiceLimits } from '../../../apps/sync-server/src/replication/limit-service.ts';
import { callerOf, insertRow, openService, pullPage, pushRows, type Wire } from './test-service.ts';
import { things } from './thing.ts';

async function openLimited(limits: Partial<ServiceLimits>) {
  const at = await openService([things]);
  const all = { streamsPerSubject: 10, requestsAtOnce: 10, pushedPerMinute: null, ...limits };
  const service = limitService(at.service, all, { clock: systemClock, random: () => 0.5 });
  const wire = (subject: string): Wire => ({
    service,
    caller: callerOf(subject),
    datastore: things,
    replica: `replica-${subject}`,
  });
  return { service, wire, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
}

test('a herd is answered as far as the server bears it, and the rest comes later, each at its own time', async () => {
  await using at = await openLimited({ requestsAtOnce: 3 });
  const answers = await Promise.allSettled(Array.from({ length: 10 }, () => pullPage(at.wire('ana'))));
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  expect(refused).toHaveLength(7);
  for (const error of refused)
    expect(error).toMatchObject({ code: 'SERVER_BUSY', retryable: true, retryAfterMs: 2_500 });
  expect((await pullPage(at.wire('ana'))).kind).toBe('page');
});

test('a replica that pushes without end leaves room to others', async () => {
  const row = insertRow({ id: 'a', name: 'x'.repeat(500) });
  await using at = await openLimited({ pushedPerMinute: 1_000 });
  await pushRows(at.wire('ana'), [row]);
  const refused = await pushRows(at.wire('ana'), [row]).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'SERVER_BUSY', retryable: true });
  expect((refused as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(1_000);
  expect(await pushRows(at.wire('ben'), [row])).toHaveLength(1);
});

test('a subject has so many streams, and one that ends makes room', async () => {
  await using at = await openLimited({ streamsPerSubject: 2 });
  const open = (subject: string) => {
    const end = new AbortController();
    const request = { protocol: PROTOCOL_VERSION, datastores: { thing: 0 } };
    const stream = at.service.changes(request, callerOf(subject), end.signal)[Symbol.asyncIterator]();
    return { end, next: () => stream.next() };
  };
  const [first, second, third, other] = [open('ana'), open('ana'), open('ana'), open('ben')];
  for (const stream of [first, second, other]) expect((await stream.next()).done).toBe(false);
  await expect(third.next()).rejects.toMatchObject({ code: 'SERVER_BUSY', retryable: true });
  first.end.abort();
  expect((await first.next()).done).toBe(true);
  expect((await open('ana').next()).done).toBe(false);
});
