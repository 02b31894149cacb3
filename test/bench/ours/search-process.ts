// Our side of `search`: a replica that has been filled before, with the search fields that products ship with.
import { answer } from '../answer.ts';
import { kindOf } from '../documents/kinds.ts';
import { type Reads, randomPrefixes, randomWordPairs, SEARCH_HITS } from '../documents/queries.ts';
import { latencies } from '../latencies.ts';
import { type OpenReplica, openReplica } from './open-replica.ts';

const kind = kindOf({ datastore: 'product', search: true });
let replica: OpenReplica;

const commands = {
  async open({ folder }: { readonly folder: string }): Promise<void> {
    replica = await openReplica(folder, kind);
  },
  /** As a search field asks: the last word counts as a beginning too. */
  typed: (reads: Reads) => latencies(randomWordPairs(reads), search),
  /** The last word between quotes, so that it counts as a whole word. */
  words: (reads: Reads) =>
    latencies(
      randomWordPairs(reads).map((pair) => pair.replace(/ (.*)/, ' "$1"')),
      search,
    ),
  prefixes: (reads: Reads) => latencies(randomPrefixes(reads), search),
  close: () => replica.stores.close(),
};

/** What this process can be asked for. */
export type SearchCommands = typeof commands;

answer(commands);

/** The first page of hits. */
async function search(text: string): Promise<void> {
  const { hits, complete } = await replica.stores.search('product', text, { limit: SEARCH_HITS }).exec();
  if (!complete) throw new Error('The index is not complete yet.');
  if (hits.length === 0) throw new Error(`Nothing was found for "${text}".`);
}
