// Live replicas of `propagation` and `fan-out`: each with a folder of its own, connected to the server, and a live query
// of 50 documents in the order of an index. One of them writes documents inside that window.
import { join } from 'node:path';
import { answer } from '../answer.ts';
import { KINDS } from '../documents/kinds.ts';
import { RANGE_ROWS } from '../documents/queries.ts';
import { type Arrivals, createArrivals } from '../live/arrivals.ts';
import type { GroupCommands } from '../live/group-commands.ts';
import { monotonicMs } from '../monotonic.ts';
import { caughtUp } from './caught-up.ts';
import { type OpenReplica, openReplica } from './open-replica.ts';

interface LiveReplica extends OpenReplica {
  readonly arrivals: Arrivals;
  /** Ids of the documents that its live query shows. */
  window: readonly string[];
}

const { changed } = KINDS.product;
const replicas: LiveReplica[] = [];

const commands: GroupCommands = {
  async open({ folder, server, count }) {
    for (let number = 0; number < count; number += 1) {
      const opened = await openReplica(join(folder, `replica-${number}`), KINDS.product, server);
      await caughtUp(opened.stores);
      replicas.push(await watch(opened));
    }
  },

  async write({ value }) {
    const { collection, window } = replicas[0] as LiveReplica;
    const document = await collection.findOne(window[value % window.length] as string).exec(true);
    const begun = monotonicMs();
    await document.patch({ [changed]: value });
    return begun;
  },

  seen: ({ value }) => Promise.all(replicas.map(({ arrivals }) => arrivals.at(value))),

  async close() {
    for (const { stores } of replicas) await stores.close();
  },
};

answer(commands);

async function watch(opened: OpenReplica): Promise<LiveReplica> {
  const replica: LiveReplica = { ...opened, arrivals: createArrivals(monotonicMs), window: [] };
  const query = opened.collection.find({ sort: [{ name: 'asc' }], limit: RANGE_ROWS });
  query.$.subscribe((documents) => {
    replica.window = documents.map(({ id }) => id);
    replica.arrivals.arrived(Math.max(...documents.map((document) => Number(document.get(changed)))));
  });
  await query.exec();
  return replica;
}
