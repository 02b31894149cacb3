import { unlessHas } from './applicable.ts';
import { type ConformanceCheck, checksOf, expectThat } from './check.ts';
import type { ConnectorPlace, ConnectorSubject } from './place.ts';
import { expectSame } from './point-reads.ts';
import { getOne } from './reads.ts';
import { applied, guard, push, samples, update } from './writes.ts';

/** What `ifVersion` must do. */
export function guardChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const plan = {
    claim: 'guarded is true: a write with an old ifVersion changes nothing and is a conflict',
    remedy: 'Make version and write one step over there (If-Match, where version =), or claim guarded false.',
    notApplicable:
      unlessHas(subject, 'push') ?? (subject.traits.guarded ? null : 'guarded is false: ifVersion has no effect'),
  };
  return checksOf(subject, 'guarded', [
    {
      ...plan,
      name: 'an update guarded by an old version conflicts and changes nothing',
      run: async (place) => {
        const { stream } = place;
        const { key, version } = await changedOverThere(place);
        const outcome = await push(stream, { ...update('w1', key, { name: 'ours' }), ...guard(version) });
        expectSame(outcome.is, 'conflict', 'outcome');
        const current = await getOne(stream, key);
        expectSame(current.data.name, 'theirs', 'name after the conflict');
        if (outcome.is === 'conflict' && outcome.current)
          expectSame(outcome.current, current, 'current of the conflict');
        const again = { ...update('w2', key, { name: 'ours' }), ...guard(current.version) };
        applied(await push(stream, again));
        expectSame((await getOne(stream, key)).data.name, 'ours', 'name after the second try');
      },
    },
    {
      ...plan,
      name: 'a delete guarded by an old version conflicts and deletes nothing',
      run: async (place) => {
        const { key, version } = await changedOverThere(place);
        const outcome = await push(place.stream, { id: 'w1', op: 'delete', key, ...guard(version) });
        expectSame(outcome.is, 'conflict', 'outcome');
        expectSame(await place.other.count(), 1, 'number of records');
      },
    },
    {
      ...plan,
      name: 'of two guarded updates at the same time one conflicts',
      run: async ({ stream, second, other }) => {
        const [key = ''] = await other.insert(samples('a', 1));
        const { version } = await getOne(stream, key);
        const [ours, theirs] = await Promise.all([
          push(stream, { ...update('w1', key, { name: 'ours' }), ...guard(version) }),
          push(second, { ...update('w2', key, { name: 'theirs' }), ...guard(version) }),
        ]);
        expectSame([ours.is, theirs.is].sort(), ['applied', 'conflict'], 'outcomes');
      },
    },
  ]);
}

async function changedOverThere({ stream, other }: ConnectorPlace) {
  const [key = ''] = await other.insert(samples('a', 1));
  const { version } = await getOne(stream, key);
  expectThat(version !== undefined, 'get gives no version, so nothing can be guarded');
  await other.rename(key, 'theirs');
  return { key, version };
}
