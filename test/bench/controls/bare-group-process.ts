// Clients of the bare pipe of `propagation` and `fan-out`: each has an event stream and an SQLite table of its own. The
// one that writes inserts into its table and POSTs; each of the others inserts what the stream brings. Durable (FULL) at
// every place, as ours is.
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { answer } from '../answer.ts';
import { KINDS, SEED } from '../documents/kinds.ts';
import { type Arrivals, createArrivals } from '../live/arrivals.ts';
import type { GroupCommands } from '../live/group-commands.ts';
import { monotonicMs } from '../monotonic.ts';
import { type BareFeed, openBareFeed } from './bare-feed.ts';

interface BareClient {
  readonly feed: BareFeed;
  readonly arrivals: Arrivals;
  readonly stream: IncomingMessage;
}

const { changed, make } = KINDS.product;
const clients: BareClient[] = [];
const agent = new Agent({ keepAlive: true });
let url = '';

const commands: GroupCommands = {
  async open({ folder, server, count }) {
    url = server.url;
    for (let number = 0; number < count; number += 1) {
      clients.push(await listen(openBareFeed(join(folder, `client-${number}.db`))));
    }
  },

  async write({ value }) {
    const text = JSON.stringify({ ...make(SEED, value), [changed]: value });
    const { feed } = clients[0] as BareClient;
    const begun = monotonicMs();
    feed.insert(text);
    await post(text);
    return begun;
  },

  seen: ({ value }) => Promise.all(clients.map(({ arrivals }) => arrivals.at(value))),

  async close() {
    agent.destroy();
    for (const { stream, feed } of clients) {
      stream.destroy();
      feed.close();
    }
  },
};

answer(commands);

async function listen(feed: BareFeed): Promise<BareClient> {
  const stream = await new Promise<IncomingMessage>((resolve, reject) => get(url, resolve).once('error', reject));
  const arrivals = createArrivals(monotonicMs);
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop() as string;
    for (const event of events) {
      const text = event.slice('data: '.length);
      feed.insert(text);
      arrivals.arrived(JSON.parse(text)[changed]);
    }
  });
  // Closing the process ends the stream in the middle.
  stream.on('error', () => {});
  return { feed, arrivals, stream };
}

function post(body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: 'POST' }, (response) => response.resume().once('end', resolve));
    sent.once('error', reject);
    sent.end(body);
  });
}
