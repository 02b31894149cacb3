import type { Write } from '../connector.ts';
import { unlessHas } from './applicable.ts';
import { type ConformanceCheck, checksOf } from './check.ts';
import type { ConnectorSubject } from './place.ts';
import { expectSame } from './point-reads.ts';
import { getOne } from './reads.ts';
import { add, applied, push, pushAll } from './writes.ts';

/** What `add` must do. */
export function addChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const plan = {
    claim: 'adds is true: the system itself adds a difference, once for each write id',
    remedy: 'Send the difference with the write id to an operation that adds; or claim adds false.',
    notApplicable:
      unlessHas(subject, 'push') ?? (subject.traits.adds ? null : 'adds is false: the engine reads, adds and guards'),
  };
  return checksOf(subject, 'adds', [
    {
      ...plan,
      name: 'adds are differences: with others adding at the same time nothing is lost',
      run: async ({ stream, second, other }) => {
        const [key = ''] = await other.insert([{ name: 'counted', quantity: 100 }]);
        const ours = Array.from({ length: 20 }, (_, at) => add(`w${at}`, key, 1));
        const theirs = async () => {
          for (let moved = 0; moved < 20; moved += 1) await other.move(key, -3);
        };
        const [one, two] = await Promise.all([
          pushAll(stream, ours.slice(0, 10)),
          pushAll(second, ours.slice(10)),
          theirs(),
        ]);
        for (const outcome of [...one, ...two]) applied(outcome);
        expectSame((await getOne(stream, key)).data.quantity, 100 + 20 - 60, 'quantity');
      },
    },
    {
      ...plan,
      name: 'an add repeated under its write id is added once, and sets its patch',
      run: async ({ stream, other }) => {
        const [key = ''] = await other.insert([{ name: 'counted', quantity: 10 }]);
        const write: Write = { ...add('w1', key, -4), patch: { name: 'sold' } };
        const { item } = applied(await push(stream, write));
        if (item) expectSame(item, await getOne(stream, key), 'item of the outcome');
        expectSame(applied(await push(stream, write)).key, key, 'key of the repeat');
        const { data } = await getOne(stream, key);
        expectSame([data.name, data.quantity], ['sold', 6], 'name and quantity');
      },
    },
  ]);
}
