// Our side of `search`: a replica that has been filled before, with the search fields that products ship with.
import { answer } from '../answer.ts';
import { kindOf } from '../documents/kinds.ts';
import { type Reads, randomPrefixes, randomWordPairs, SEARCH_HITS } from '../documents/queries.ts';
import { latencies } from '../latencies.ts';
import { type OpenReplica, openReplica } from './open-replica.ts';

/** The part of an open replica that searches. */
interface Searching {
  readonly search?: (datastore: string, text: string, options: { readonly limit: number }) => SearchQuery;
}

interface SearchQuery {
  exec(): Promise<{ readonly hits: readonly unknown[]; readonly complete: boolean }>;
}

const kind = kindOf({ datastore: 'product', search: true });
let replica: OpenReplica;

const commands = {
  /** Returns whether this version of replicas searches at all. */
  async open({ folder }: { readonly folder: string }): Promise<boolean> {
    replica = await openReplica(folder, kind);
    return (replica.stores as Searching).search !== undefined;
  },
  words: (reads: Reads) => latencies(randomWordPairs(reads), search),
  prefixes: (reads: Reads) => latencies(randomPrefixes(reads), search),
  close: () => replica.stores.close(),
};

/** What this process can be asked for. */
export type SearchCommands = typeof commands;

answer(commands);

/** One search as a search field asks: the last word counts as a beginning too. */
async function search(text: string): Promise<void> {
  const { search: searchIn } = replica.stores as Searching;
  if (searchIn === undefined) throw new Error('This version of replicas does not search.');
  const { hits, complete } = await searchIn(kind.datastore.name, text, { limit: SEARCH_HITS }).exec();
  if (!complete) throw new Error('The index is not complete yet.');
  if (hits.length === 0) throw new Error(`Nothing was found for "${text}".`);
}
