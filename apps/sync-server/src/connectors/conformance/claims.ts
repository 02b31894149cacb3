import { isDeepStrictEqual } from 'node:util';
import type { Stream } from '../connector.ts';
import { type ConformanceCheck, checksOf, expectThat } from './check.ts';
import { createContext } from './context.ts';
import type { ConnectorSubject } from './place.ts';

/** What a stream says of itself. */
export function claimChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const { traits } = subject;
  return checksOf(subject, 'traits', [
    {
      name: 'claims the traits that are checked here',
      claim: 'its traits are those of the subject',
      remedy: 'Correct traits of the subject or of the stream: everything else is checked against them.',
      run: async ({ stream }) =>
        expectThat(
          isDeepStrictEqual({ ...stream.traits }, { ...traits }),
          () => `${JSON.stringify(stream.traits)} instead of ${JSON.stringify(traits)}`,
        ),
    },
    {
      name: 'has the methods that its traits need, and no other',
      claim: 'its methods fit its traits and what the subject says it lacks',
      remedy: 'Add the method, correct the trait, or name the method in lacks of the subject.',
      run: async ({ stream }) => {
        for (const [method, wanted] of Object.entries(wantedMethods(subject))) {
          const there = stream[method as keyof Stream] !== undefined;
          expectThat(there === wanted, `${method} is ${there ? 'there' : 'missing'}`);
        }
        const { order, overlapMs } = stream.traits;
        expectThat(order === 'time' || overlapMs === undefined, `order ${order} with overlapMs ${overlapMs}`);
      },
    },
    {
      name: 'check passes while the system is well',
      claim: 'check is a call that a system that is well answers',
      remedy: 'Let check make one cheap authenticated call that works with the configured credentials.',
      run: ({ connector }) => connector.check(createContext()),
    },
  ]);
}

function wantedMethods({ traits, lacks = [], digests = false }: ConnectorSubject): Readonly<Record<string, boolean>> {
  const wanted = (method: 'push' | 'find' | 'scan') => !lacks.includes(method);
  return {
    changes: traits.order !== 'none',
    push: wanted('push'),
    find: wanted('find'),
    scan: wanted('scan'),
    digest: digests,
  };
}
