import { unlessChanges } from './applicable.ts';
import { type ConformanceCheck, checksOf, expectThat } from './check.ts';
import { createContext } from './context.ts';
import type { ConnectorSubject } from './place.ts';
import { expectSame } from './point-reads.ts';
import { drain, scanAll } from './reads.ts';
import { samples } from './writes.ts';

/** How deletions show. */
export function deletionChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const byFeed = subject.traits.deletes === 'feed';
  return checksOf(subject, 'deletes', [
    {
      name: byFeed ? 'deletions come with the changes' : 'changes show no deletions',
      claim: byFeed
        ? 'deletes is feed: changes show each deletion'
        : 'deletes is none: a deletion in changes would not be believed',
      remedy: byFeed ? 'Yield { op: "delete", key } for each, or claim deletes none.' : 'Claim deletes feed.',
      notApplicable: unlessChanges(subject),
      pageSize: 3,
      run: async ({ stream, other }) => {
        const keys = await other.insert(samples('a', 4));
        const { cursor } = await drain(stream, null);
        await other.remove(String(keys[1]));
        const { deleted } = await drain(stream, cursor);
        if (byFeed) expectThat(deleted.includes(String(keys[1])), `deletions of ${JSON.stringify(deleted)} alone`);
        else expectThat(deleted.length === 0, `deletions of ${JSON.stringify(deleted)}`);
      },
    },
    {
      name: 'a record that was deleted over there is neither read nor scanned',
      claim: 'a deleted record is absent from get and scan',
      remedy: 'Leave tombstones and archived records out of get and scan.',
      pageSize: 3,
      run: async ({ stream, other }) => {
        const keys = await other.insert(samples('a', 4));
        await other.remove(String(keys[1]));
        const left = keys.filter((_, at) => at !== 1).sort();
        expectSame([...(await stream.get(keys, createContext())).keys()].sort(), left, 'keys of get');
        if (stream.scan) expectSame((await scanAll(stream, null)).map(({ key }) => key).sort(), left, 'keys of scan');
      },
    },
  ]);
}
