import type { RangeDigest } from '../../connectors/connector.ts';
import { digestOf, keptDigest } from '../record-digest.ts';
import { judgeLinked } from './judge.ts';
import { linksOf } from './links-of.ts';
import { type FirstLook, lookAgain, seen, seenNothing } from './look-again.ts';
import type { Run } from './run.ts';
import type { Window } from './windows.ts';

/** Compares the listed digests of a range with those that its links keep, and reads the records that differ. */
export async function compareListed(
  run: Run,
  { from, to }: Pick<Window, 'from' | 'to'>,
  records: NonNullable<RangeDigest['records']>,
): Promise<void> {
  const { stream, tally } = run;
  const listed = new Map(records.map(({ key, digest }) => [key, digest]));
  const again: FirstLook[] = [];
  for await (const rows of linksOf(run, { from, to })) {
    for (const row of rows) {
      const key = row.link.key ?? '';
      const there = listed.get(key);
      listed.delete(key);
      const drift = judgeLinked(stream, row, row.link.base);
      if (there === undefined) again.push(seenNothing(row));
      else if (there === null || there !== digestOf(stream.binding, row.link)) {
        again.push(seen(row, { digest: keptDigest(stream.binding, there ?? undefined) }));
      } else if (drift === null) tally.same(1);
      else if (drift.is === 'pending') tally.add(drift);
      else again.push(seen(row, { digest: row.link.digest }));
    }
  }
  for (const key of listed.keys()) again.push({ key, content: null, digest: null, version: undefined });
  await lookAgain(run, again);
}
