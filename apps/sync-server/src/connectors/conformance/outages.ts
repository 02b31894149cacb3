import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonValue } from '@datastores/core/schema';
import { type Page, SystemError } from '../connector.ts';
import { unlessAble } from './applicable.ts';
import { type ConformanceCheck, checksOf, expectThat } from './check.ts';
import { createContext } from './context.ts';
import type { ConnectorPlace, ConnectorSubject } from './place.ts';
import { expectSame } from './point-reads.ts';
import { drain } from './reads.ts';
import { applied, create, push, samples } from './writes.ts';

/** What must happen while the system is away, and when a call is cancelled. */
export function outageChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  return [
    ...checksOf(subject, 'outage', [
      {
        name: 'while the system is away every call says that it is down, and afterwards all is well',
        claim: 'a system that cannot be reached is SystemError down, and the connector recovers by itself',
        remedy:
          'Throw SystemError of the kind down for refused and broken connections, and connect anew for each call.',
        run: whileAway,
      },
    ]),
    ...checksOf(subject, 'signal', [
      {
        name: 'a call under a signal that has fired ends at once',
        claim: 'no call begins under a signal that has fired',
        remedy: 'Look at context.signal before anything is sent, and throw SystemError.',
        run: async (place) => {
          const keys = await place.other.insert(samples('a', 2));
          for (const [name, call] of callsOf(place, keys)) {
            const thrown = await failureOf(call(AbortSignal.abort()));
            expectThat(thrown instanceof SystemError, `${name} ended with ${String(thrown)}`);
          }
          expectSame(await place.other.count(), 2, 'number of records');
        },
      },
      {
        name: 'a call that is cancelled on its way ends soon, and says nothing false',
        claim: 'a cancelled call ends with its result, with SystemError, or for writes as unknown',
        remedy: 'Hand context.signal to everything that waits, and turn what is thrown then into SystemError.',
        run: async (place) => cancelling(place, await place.other.insert(samples('a', 2)), 0),
      },
      {
        name: 'a call that waits for a silent system ends soon after it is cancelled',
        claim: 'a cancelled call does not wait for the system',
        remedy: 'Hand context.signal to everything that waits.',
        notApplicable: unlessAble(subject.stalls, 'stay silent (stalls and stall)'),
        run: async (place) => {
          const keys = await place.other.insert(samples('a', 2));
          await place.stall?.();
          await cancelling(place, keys, 100);
          await place.resume();
        },
      },
    ]),
  ];
}

async function whileAway(place: ConnectorPlace): Promise<void> {
  const keys = await place.other.insert(samples('a', 3));
  const cursor = place.stream.changes ? (await drain(place.stream, null)).cursor : null;
  await place.interrupt();
  for (const [name, call] of callsOf(place, keys, cursor)) {
    const thrown = await failureOf(call(new AbortController().signal));
    const down = thrown instanceof SystemError && thrown.kind === 'down';
    expectThat(down, `${name} ended with ${String(thrown)}`);
  }
  await place.resume();
  await place.connector.check(createContext());
  expectSame((await place.stream.get(keys, createContext())).size, 3, 'number of records that get finds afterwards');
  if (!place.stream.push) return;
  applied(await push(place.stream, create('w1', 'kept', 1)));
  expectSame(await place.other.count(), 4, 'number of records afterwards');
}

async function cancelling(place: ConnectorPlace, keys: readonly string[], afterMs: number): Promise<void> {
  for (const [name, call] of callsOf(place, keys)) {
    const control = new AbortController();
    const running = call(control.signal).then(
      (result) => ({ result }),
      (thrown: unknown) => ({ thrown }),
    );
    await sleep(afterMs);
    control.abort();
    const ended = await Promise.race([running, sleep(SOON_MS, 'waits', { ref: false })]);
    expectThat(ended !== 'waits', `${name} still waited ${SOON_MS} ms after it was cancelled`);
    if ('thrown' in (ended as object)) {
      const { thrown } = ended as { thrown: unknown };
      expectThat(thrown instanceof SystemError, `${name} ended with ${String(thrown)}`);
    }
  }
}

const SOON_MS = 2_000;

type Call = (signal: AbortSignal) => Promise<unknown>;

/** One call of every method that the stream has. */
function callsOf({ connector, stream }: ConnectorPlace, keys: readonly string[], cursor: JsonValue = null) {
  const write = create('lost', 'lost', 1);
  const calls: readonly (readonly [string, Call | undefined])[] = [
    ['check', (signal) => connector.check(createContext(signal))],
    ['get', (signal) => stream.get(keys, createContext(signal))],
    ['changes', stream.changes && ((signal) => firstPage(stream.changes?.(cursor, createContext(signal))))],
    ['scan', stream.scan && ((signal) => firstPage(stream.scan?.(null, createContext(signal))))],
    ['digest', stream.digest && (async (signal) => stream.digest?.(WHOLE, createContext(signal)))],
    ['push', stream.push && (async (signal) => stream.push?.([write], createContext(signal)))],
    ['find', stream.find && (async (signal) => stream.find?.(write, createContext(signal)))],
  ];
  return calls.flatMap(([name, call]) => (call === undefined ? [] : [[name, call] as const]));
}

const WHOLE = { ranges: [{ from: null, to: null }], list: 0 };

async function firstPage(pages: AsyncIterable<Page> | undefined): Promise<unknown> {
  for await (const page of pages ?? []) return page;
  return null;
}

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (result) => `the result ${JSON.stringify(result)}`,
    (thrown: unknown) => thrown,
  );
}
