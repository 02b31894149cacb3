import { SystemError } from '../connector.ts';
import { unlessAble, unlessHas } from './applicable.ts';
import { type ConformanceCheck, checksOf, expectThat } from './check.ts';
import { createContext } from './context.ts';
import type { ConnectorPlace, ConnectorSubject } from './place.ts';
import { expectSame } from './point-reads.ts';
import { getOne } from './reads.ts';
import { applied, create, push, pushAll, samples } from './writes.ts';

/** What makes a repeated write safe. */
export function createChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const { creates } = subject.traits;
  const cannotPush = unlessHas(subject, 'push');
  const notIdempotent = cannotPush ?? (creates === 'idempotent' ? null : `creates is ${creates}`);
  const notFound = cannotPush ?? unlessHas(subject, 'find');
  const notFindable = notFound ?? (creates === 'unsafe' ? 'creates is unsafe' : null);
  const idempotent = {
    claim: 'creates is idempotent: a create sent again under its write id makes no second record',
    remedy: 'Send the write id as the key by which the system knows a repeat; or claim findable or unsafe.',
    notApplicable: notIdempotent,
  };
  return checksOf(subject, 'creates', [
    {
      ...idempotent,
      name: 'a create repeated under its write id makes one record',
      run: async ({ stream, second, other }) => {
        const write = create('w1', 'once', 1);
        const first = applied(await push(stream, write));
        const [again, elsewhere] = await Promise.all([push(stream, write), push(second, write)]);
        expectSame([applied(again).key, applied(elsewhere).key], [first.key, first.key], 'keys of the repeats');
        expectSame(await other.count(), 1, 'number of records');
      },
    },
    {
      ...idempotent,
      name: 'creates sent by two servers at once make one record each',
      run: async ({ stream, second, other }) => {
        const writes = Array.from({ length: 6 }, (_, at) => create(`w${at}`, `n${at}`, at));
        const [ours, theirs] = await Promise.all([pushAll(stream, writes), pushAll(second, writes)]);
        const keys = ours.map((outcome) => applied(outcome).key);
        expectSame(
          theirs.map((outcome) => applied(outcome).key),
          keys,
          'keys of the second server',
        );
        expectSame(await other.count(), 6, 'number of records');
      },
    },
    {
      name: 'find tells whether a create landed',
      claim: `creates is ${creates}: find knows a create by its write`,
      remedy: 'Store the reference of the write with the record, and look it up by exactly that.',
      notApplicable: notFindable,
      run: async ({ stream, second }) => {
        const write = create('w1', 'found', 1);
        expectSame((await stream.find?.(write, createContext())) ?? null, null, 'find before the create');
        const { key } = applied(await push(stream, write));
        expectSame(await stream.find?.(write, createContext()), await getOne(stream, key), 'find after the create');
        expectSame((await second.find?.(write, createContext()))?.key, key, 'find of another server');
        const other = await stream.find?.(create('w2', 'found', 1), createContext());
        expectSame(other ?? null, null, 'find of another write with the same fields');
      },
    },
    {
      name: 'find tells whether a delete landed',
      claim: 'find knows whether a delete landed',
      remedy: 'Answer with the key once the record is gone, and with null while it is there.',
      notApplicable: notFound,
      run: async ({ stream, other }) => {
        const [key = ''] = await other.insert(samples('a', 1));
        const write = { id: 'w1', op: 'delete', key } as const;
        expectSame((await stream.find?.(write, createContext())) ?? null, null, 'find before the delete');
        await push(stream, write);
        expectSame((await stream.find?.(write, createContext()))?.key, key, 'key that find gives after the delete');
      },
    },
    {
      name: 'a create whose answer was lost is unknown, and settled without a second record',
      claim: 'a write that may have been made is never said to have failed',
      remedy: 'Give the outcome unknown for a request that was sent and not answered.',
      notApplicable: cannotPush ?? unlessAble(subject.losesAnswers, 'lose an answer (losesAnswers and loseNextAnswer)'),
      run: (place) => loseAnswer(place, creates),
    },
  ]);
}

async function loseAnswer(place: ConnectorPlace, creates: ConnectorSubject['traits']['creates']): Promise<void> {
  const { stream, other } = place;
  const write = create('w1', 'once', 1);
  await place.loseNextAnswer?.();
  const outcome = await push(stream, write).catch((error: unknown) => {
    expectThat(error instanceof SystemError, `push threw ${String(error)}`);
    expectThat(false, `push threw SystemError ${error.kind}, which says that nothing was sent`);
  });
  expectThat(outcome.is === 'unknown' || outcome.is === 'applied', `the outcome ${JSON.stringify(outcome)}`);
  expectSame(await other.count(), 1, 'number of records; loseNextAnswer must let the create be made');
  if (creates === 'idempotent') applied(await push(stream, write));
  else if (creates === 'findable') {
    const found = await stream.find?.(write, createContext());
    expectThat(Boolean(found?.key), 'find does not know the create');
  }
  expectSame(await other.count(), 1, 'number of records after it was settled');
}
