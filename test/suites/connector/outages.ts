import { SystemError } from '@datastores/sync-server/connector';
import { expect, test } from 'vitest';
import { type ConnectorSubject, createContext, drain, samples, scanAll } from './place.ts';
import { applied, create, push } from './writing.ts';

/** What must happen while the system is away. */
export function outageTests(subject: ConnectorSubject): void {
  test('while the system is away every call says that it is down, and afterwards all is well', async () => {
    await using place = await subject.open(10);
    const keys = await place.other.insert(samples('a', 3));
    const { cursor } = await drain(place.stream, null);
    await place.interrupt();
    const calls = {
      check: () => place.connector.check(createContext()),
      get: () => place.stream.get(keys, createContext()),
      changes: () => drain(place.stream, cursor),
      scan: () => scanAll(place.stream, null),
      push: () => push(place.stream, create('w1', 'lost', 1)),
      find: () => place.stream.find?.(create('w1', 'lost', 1), createContext()) ?? Promise.reject(new Error('no find')),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error: unknown = await call().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error, name).toBeInstanceOf(SystemError);
      expect(error, name).toMatchObject({ kind: 'down' });
    }
    await place.resume();
    await place.connector.check(createContext());
    expect(applied(await push(place.stream, create('w1', 'kept', 1))).item?.data.name).toBe('kept');
    expect(await place.other.count()).toBe(4);
  });

  test('a call under a signal that has fired ends at once', async () => {
    await using place = await subject.open(10);
    const context = createContext(AbortSignal.abort());
    await expect(place.stream.get(['1'], context)).rejects.toBeInstanceOf(SystemError);
    await expect(place.stream.push?.([create('w1', 'x', 1)], context)).rejects.toBeInstanceOf(SystemError);
    expect(await place.other.count()).toBe(0);
  });
}
