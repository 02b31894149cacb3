import { unlessHas } from './applicable.ts';
import { type ConformanceCheck, checksOf, expectThat } from './check.ts';
import type { ConnectorSubject } from './place.ts';
import { expectSame } from './point-reads.ts';
import { applied, create, pushAll, TOO_LONG } from './writes.ts';

/** What one bad write does to its batch. */
export function batchChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const { max, fails } = subject.traits.batch;
  const cannotPush = unlessHas(subject, 'push');
  const single = max < 3 ? `batch.max is ${max}: there is no middle` : null;
  const batch = () => [create('w1', 'good', 1), create('w2', TOO_LONG, 1), create('w3', 'also good', 1)];
  return checksOf(subject, 'batch', [
    {
      name: 'a batch as large as claimed is made',
      claim: `batch.max is ${max}: so many writes go at once`,
      remedy: 'Lower batch.max to what the system takes in one request, or split the writes.',
      notApplicable: cannotPush,
      run: async ({ stream, other }) => {
        const size = Math.min(max, MOST);
        const writes = Array.from({ length: size }, (_, at) => create(`w${at}`, `n${at}`, at));
        for (const outcome of await pushAll(stream, writes)) applied(outcome);
        expectSame(await other.count(), size, 'number of records');
      },
    },
    {
      name: 'a bad write in the middle leaves the others alone',
      claim: 'batch.fails is each: a bad write fails alone',
      remedy: 'Give each write an outcome and a transaction of its own, or claim batch.fails all.',
      notApplicable: cannotPush ?? single ?? (fails === 'all' ? 'batch.fails is all' : null),
      run: async ({ stream, other }) => {
        const kinds = (await pushAll(stream, batch())).map(({ is }) => is);
        expectSame(kinds, ['applied', 'rejected', 'applied'], 'outcomes');
        expectSame(await other.count(), 2, 'number of records');
      },
    },
    {
      name: 'a bad write in the middle fails all, and nothing is left of them',
      claim: 'batch.fails is all: with one bad write nothing of a batch is made',
      remedy: 'Roll the whole batch back, or claim batch.fails each.',
      notApplicable: cannotPush ?? single ?? (fails === 'each' ? 'batch.fails is each' : null),
      run: async ({ stream, other }) => {
        const kinds = (await pushAll(stream, batch())).map(({ is }) => is);
        expectSame(await other.count(), 0, 'number of records');
        expectThat(kinds[1] === 'rejected', () => `the outcomes ${kinds.join(', ')}`);
        // The engine halves a batch only if it is told that something went wrong, and for certain.
        expectThat(!kinds.includes('unknown'), () => `the outcomes ${kinds.join(', ')}`);
        const [first, , third] = batch();
        for (const outcome of await pushAll(
          stream,
          [first, third].flatMap((write) => write ?? []),
        ))
          applied(outcome);
        expectSame(await other.count(), 2, 'number of records once the good ones were sent alone');
      },
    },
  ]);
}

const MOST = 100;
