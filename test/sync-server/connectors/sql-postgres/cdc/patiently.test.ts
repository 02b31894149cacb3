import { expect, test } from 'vitest';
import { patiently } from '../../../../../apps/sync-server/src/connectors/sql-postgres/cdc/patiently.ts';

const patience = () => ({ sign: 'goes on', signal: new AbortController().signal, everyMs: 10 });

test('whoever waits is given signs until the work is done, and its result', async () => {
  let finish = (_: string) => {};
  const work = patiently(() => new Promise<string>((resolve) => (finish = resolve)), patience());
  expect(await work.next()).toEqual({ done: false, value: 'goes on' });
  expect(await work.next()).toEqual({ done: false, value: 'goes on' });
  finish('result');
  expect(await work.next()).toEqual({ done: true, value: 'result' });
});

test('a failure of the work is thrown', async () => {
  const work = patiently(() => Promise.reject(new Error('no')), patience());
  await expect(work.next()).rejects.toThrow('no');
});

test('the work is cancelled when nobody waits any more, and by the signal', async () => {
  const given: AbortSignal[] = [];
  const endless = (signal: AbortSignal) => {
    given.push(signal);
    return new Promise<never>(() => {});
  };
  const left = patiently(endless, patience());
  await left.next();
  await left.return(undefined as never);
  expect(given[0]?.aborted).toBe(true);
  const control = new AbortController();
  const cancelled = patiently(endless, { ...patience(), signal: control.signal });
  await cancelled.next();
  control.abort();
  expect(given[1]?.aborted).toBe(true);
  await cancelled.return(undefined as never);
});
