import { unlessHas } from './applicable.ts';
import { type ConformanceCheck, checksOf, expectThat } from './check.ts';
import { createContext } from './context.ts';
import type { ConnectorSubject } from './place.ts';
import { expectSame } from './point-reads.ts';
import { getOne } from './reads.ts';
import { add, applied, create, push, pushAll, samples, TOO_LONG, update } from './writes.ts';

/** What `push` must answer. */
export function outcomeChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const notApplicable = unlessHas(subject, 'push');
  return checksOf(subject, 'outcomes', [
    {
      name: 'outcomes come in the order of the writes',
      claim: 'push answers each write, in order',
      remedy: 'Sort the answers of the system by the writes they belong to.',
      notApplicable,
      run: async ({ stream }) => {
        const writes = Array.from({ length: 9 }, (_, at) => create(`w${at}`, `n${at}`, at));
        const chunk = subject.traits.batch.max;
        for (let start = 0; start < writes.length; start += chunk) {
          const outcomes = await pushAll(stream, writes.slice(start, start + chunk));
          for (const [at, outcome] of outcomes.entries()) {
            const { data } = await getOne(stream, applied(outcome).key);
            expectSame(data.name, `n${start + at}`, `name behind outcome ${at}`);
          }
        }
      },
    },
    {
      name: 'a deleted record is gone, and what is not there is missing',
      claim: 'a write to a record that is not there is missing',
      remedy: 'Answer missing where the system says that there is no such record or that nothing was changed.',
      notApplicable,
      run: async ({ stream, other }) => {
        const [key = '', left = ''] = await other.insert(samples('a', 2));
        expectSame(applied(await push(stream, { id: 'w1', op: 'delete', key })).key, key, 'key of the delete');
        expectSame([...(await stream.get([key, left], createContext())).keys()], [left], 'keys after the delete');
        const writes = [
          { id: 'w2', op: 'delete', key } as const,
          update('w3', key, { name: 'x' }),
          update('w4', 'no such key', { name: 'x' }),
          ...(subject.traits.adds ? [add('w5', key, 1)] : []),
        ];
        for (const write of writes) expectSame((await push(stream, write)).is, 'missing', `outcome of ${write.op}`);
        expectSame(await other.count(), 1, 'number of records');
      },
    },
    {
      name: 'a value that does not fit is rejected, naming its field',
      claim: 'what the rules of the system refuse is rejected with reason and field',
      remedy: 'Answer rejected with what the system says; find the field in its answer or its message.',
      notApplicable,
      run: async ({ stream, other }) => {
        const bad = { ...create('w2', 'bad', 1), data: { name: 'bad', quantity: 'many' } };
        for (const [write, field] of [[create('w1', TOO_LONG, 1), 'name'] as const, [bad, 'quantity'] as const]) {
          const outcome = await push(stream, write);
          expectThat(outcome.is === 'rejected', () => `${field} was answered with ${JSON.stringify(outcome)}`);
          expectSame(outcome.field, field, 'field');
          expectThat(outcome.reason.includes(field), () => `the reason "${outcome.reason}" without the field`);
        }
        expectSame(await other.count(), 0, 'number of records');
      },
    },
    {
      name: 'what was refused under a write id can be sent again under it',
      claim: 'a write that was rejected leaves no trace under its id',
      remedy: 'Remember a write id only together with what it did.',
      notApplicable,
      run: async ({ stream }) => {
        expectSame((await push(stream, create('w1', TOO_LONG, 1))).is, 'rejected', 'first outcome');
        applied(await push(stream, create('w1', 'shorter', 1)));
      },
    },
    {
      name: 'the item that a write returns is the record as get reads it',
      claim: 'the item of an outcome is what the system made of the write',
      remedy: 'Return what the system answered or read the record again; never what was sent. Or leave item out.',
      notApplicable,
      run: async ({ stream }) => {
        const created = applied(await push(stream, create('w1', 'new', 5)));
        const read = await getOne(stream, created.key);
        expectSame([read.data.name, read.data.quantity], ['new', 5], 'fields');
        if (created.item) expectSame(created.item, read, 'item of the create');
        const updated = applied(await push(stream, update('w2', created.key, { name: 'newer' })));
        if (updated.item) expectSame(updated.item, await getOne(stream, created.key), 'item of the update');
      },
    },
  ]);
}
