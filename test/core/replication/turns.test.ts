import { BehaviorSubject } from 'rxjs';
import { expect, test } from 'vitest';
import { INITIAL_STATUS, type Status } from '../../../packages/core/src/replication/status.ts';
import { createTurns } from '../../../packages/core/src/replication/turns.ts';

function queue(names: readonly string[], first: readonly string[]) {
  const states = new Map(names.map((name) => [name, new BehaviorSubject<Status>(INITIAL_STATUS)]));
  const queued = new Map([...states].map(([name, status$]) => [name, { status$, status: () => status$.value }]));
  const turns = createTurns(first, queued);
  return {
    set: (name: string, change: Partial<Status>) => states.get(name)?.next({ ...INITIAL_STATUS, ...change }),
    /** Says whether it is the turn of a datastore already. */
    async isFree(name: string) {
      const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), 5));
      return Promise.race([turns.turnOf(name, new AbortController().signal).then(() => true), late]);
    },
    turnOf: turns.turnOf,
  };
}

test('datastores pull in the order that was asked for, those that were not named last', async () => {
  const queued = queue(['a', 'b', 'c', 'd'], ['c', 'a']);
  const free = async () => Promise.all(['a', 'b', 'c', 'd'].map((name) => queued.isFree(name)));
  expect(await free()).toEqual([false, false, true, false]);
  queued.set('c', { state: 'catching-up' });
  expect(await free()).toEqual([false, false, true, false]);
  queued.set('c', { state: 'live', syncedAt: 1 });
  expect(await free()).toEqual([true, false, true, false]);
  queued.set('a', { state: 'live', syncedAt: 1 });
  expect(await free()).toEqual([true, true, true, true]);
  queued.set('a', { state: 'catching-up', syncedAt: 1 });
  expect(await free()).toEqual([true, true, true, true]);
});

test.each(['offline', 'needs-sign-in', 'stopped', 'closed'] as const)(
  'a more urgent datastore that is %s holds up nobody',
  async (state) => {
    const queued = queue(['a', 'b'], ['a']);
    queued.set('a', { state });
    expect(await queued.isFree('b')).toBe(true);
  },
);

test('without an order nobody waits, nor does what is no datastore of the application', async () => {
  expect(await queue(['a', 'b'], []).isFree('b')).toBe(true);
  expect(await queue(['a', 'b'], ['a']).isFree('receipts')).toBe(true);
});

test('who waits goes when it is free, and gives up with its signal', async () => {
  const queued = queue(['a', 'b'], ['a']);
  const abort = new AbortController();
  const waiting = queued.turnOf('b', new AbortController().signal);
  const given = queued.turnOf('b', abort.signal);
  abort.abort(new Error('given up'));
  await expect(given).rejects.toThrow('given up');
  queued.set('a', { state: 'live', syncedAt: 1 });
  await waiting;
});
