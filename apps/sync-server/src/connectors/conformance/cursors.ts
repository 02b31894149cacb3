import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '@datastores/core/schema';
import { type Stream, SystemError } from '../connector.ts';
import { unlessChanges } from './applicable.ts';
import { type ConformanceCheck, checksOf, expectThat } from './check.ts';
import { createContext } from './context.ts';
import type { ConnectorSubject } from './place.ts';
import { drain, expectNames, stored } from './reads.ts';
import { samples } from './writes.ts';

/** What a cursor must be. */
export function cursorChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const notApplicable = unlessChanges(subject);
  return checksOf(subject, 'cursor', [
    {
      name: 'cursors are JSON and come back from the store as they were',
      claim: 'a cursor is plain JSON',
      remedy: 'Put texts and numbers into cursors; write dates as text, big numbers as text, and leave out undefined.',
      notApplicable,
      pageSize: 2,
      run: async ({ stream, other }) => {
        await other.insert(samples('a', 5));
        for await (const { cursor } of stream.changes?.(null, createContext()) ?? []) {
          expectThat(
            isDeepStrictEqual(stored(cursor), cursor),
            () => `a cursor that JSON turns into ${JSON.stringify(cursor)}`,
          );
        }
      },
    },
    {
      name: 'a cursor of one connector is taken by another on the same system',
      claim: 'a cursor outlives the process that got it',
      remedy: 'Keep everything that a cursor needs in the cursor, nothing in the memory of the connector.',
      notApplicable,
      pageSize: 2,
      run: async ({ stream, second, other }) => {
        await other.insert(samples('a', 4));
        const { cursor } = await drain(stream, null);
        await other.insert(samples('b', 3));
        if (subject.ownCursors) return expectLost(second, cursor);
        expectNames((await drain(second, cursor)).items, ['b1', 'b2', 'b3']);
      },
    },
    {
      name: 'a cursor that is not its own is lost',
      claim: 'a cursor that it did not make is answered with SystemError cursor-lost',
      remedy: 'Check the form of a cursor before it is used, and throw SystemError of the kind cursor-lost.',
      notApplicable,
      run: async ({ stream, other }) => {
        await other.insert(samples('a', 2));
        for (const cursor of FOREIGN) await expectLost(stream, cursor);
      },
    },
  ]);
}

const FOREIGN: readonly JsonValue[] = [
  'no cursor of this stream',
  { conformance: 'of another stream' },
  [['cursor'], null],
  true,
];

async function expectLost(stream: Stream, cursor: JsonValue): Promise<void> {
  const thrown: unknown = await drain(stream, cursor).then(
    ({ items }) => `${items.length} records`,
    (error: unknown) => error,
  );
  const lost = thrown instanceof SystemError && thrown.kind === 'cursor-lost';
  expectThat(lost, () => `${JSON.stringify(cursor)} was answered with ${String(thrown)}`);
}
