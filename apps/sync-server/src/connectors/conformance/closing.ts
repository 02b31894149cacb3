import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../connector.ts';
import { type ConformanceCheck, checksOf, expectThat } from './check.ts';
import { createContext } from './context.ts';
import { type OpenResources, watchResources } from './open-resources.ts';
import type { ConnectorPlace, ConnectorSubject } from './place.ts';
import { create, samples } from './writes.ts';

/** What `close` must do. */
export function closeChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  return checksOf(subject, 'close', [
    {
      name: 'close may be called twice, and before anything else',
      claim: 'close ends what is open, however often it is called',
      remedy: 'Remember that the connector was closed, and do nothing then.',
      run: async ({ connector }) => {
        await connector.close();
        await connector.close();
      },
    },
    {
      name: 'close leaves no timer and no socket behind',
      claim: 'a closed connector lets its process end',
      remedy: 'End pools, sockets, watchers and timers in close, or unreference them; open nothing afterwards.',
      run: async (place) => {
        const keys = await place.other.insert(samples('a', 3));
        const resources = watchResources();
        try {
          await resources.during(() => useEverything(place, keys, resources));
          await resources.during(() => place.connector.close());
          for (let waited = 0; waited < PATIENCE_MS && resources.kinds().length > 0; waited += STEP_MS) {
            await sleep(STEP_MS);
          }
          const left = resources.kinds();
          expectThat(left.length === 0, () => `still open after close: ${left.join(', ')}`);
        } finally {
          resources.stop();
        }
      },
    },
  ]);
}

const PATIENCE_MS = 2_000;
const STEP_MS = 20;

async function useEverything(
  { connector, stream }: ConnectorPlace,
  keys: readonly string[],
  resources: OpenResources,
): Promise<void> {
  const plain = createContext();
  // The connections of fetch belong to the process, not to the connector.
  const fetch: Context['fetch'] = (input, init) => resources.outside(() => plain.fetch(input, init));
  const context: Context = { ...plain, fetch };
  const write = create('w1', 'used', 1);
  await connector.check(context);
  await stream.get(keys, context);
  await stream.digest?.({ ranges: [{ from: null, to: null }], list: 3 }, context);
  await stream.push?.([write], context);
  await stream.find?.(write, context);
  for await (const _page of stream.scan?.(null, context) ?? []) break;
  for await (const _page of stream.changes?.(null, context) ?? []) break;
}
