import type { Connector, Context, ExternalRecord, Item, Page, Stream, Traits } from '@datastores/sync-server/connector';

/**
 * What an external system must offer to have its connector checked: one stream of records with the fields `name` (text
 * of at most 20 characters, may be null) and `quantity` (whole number), and a way to it that is not the connector.
 */
export interface ConnectorPlace extends AsyncDisposable {
  readonly connector: Connector;
  readonly stream: Stream;
  /** Another connector to the same system, as a second server would have. */
  readonly second: Stream;
  readonly other: OtherSide;
  /** Makes the system unreachable until `resume`. */
  interrupt(): Promise<void>;
  resume(): Promise<void>;
}

/** The other side: programs that write to the system without asking. */
export interface OtherSide {
  /** Inserts all in one step, so that they share their time stamp; returns their keys. */
  insert(records: readonly Sample[]): Promise<string[]>;
  rename(key: string, name: string | null): Promise<void>;
  /** Adds to a quantity. */
  move(key: string, amount: number): Promise<void>;
  remove(key: string): Promise<void>;
  count(): Promise<number>;
  /** Inserts a record that nobody sees before `commit`. Absent: the system has no transactions to its outside. */
  insertLate?(record: Sample): Promise<{ readonly key: string; commit(): Promise<void> }>;
}

export interface Sample {
  readonly name: string;
  readonly quantity: number;
}

/** What is to be checked. */
export interface ConnectorSubject {
  /** The traits that the stream must claim. */
  readonly traits: Traits;
  /** Other programs can hold a transaction open, by `insertLate`. */
  readonly transactions: boolean;
  open(pageSize: number): Promise<ConnectorPlace>;
}

/** Surroundings as the engine gives them. */
export function createContext(signal: AbortSignal = new AbortController().signal): Context {
  return { signal, fetch: globalThis.fetch, now: Date.now, log: () => {}, origin: 'datastores' };
}

/** Samples `prefix1`, `prefix2`, … */
export function samples(prefix: string, count: number): Sample[] {
  return Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at + 1}`, quantity: at }));
}

/** Reads until nothing more comes. `onePageEach` takes up every page's cursor anew, as after a restart. */
export async function drain(
  stream: Stream,
  from: Page['cursor'],
  options: { readonly onePageEach?: boolean } = {},
): Promise<{ readonly items: Item[]; readonly deleted: string[]; readonly cursor: Page['cursor'] }> {
  const [items, deleted]: [Item[], string[]] = [[], []];
  const seen = new Set<string>();
  let [cursor, nothingNew] = [from, 0];
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
    let pages = 0;
    for await (const page of stream.changes?.(cursor, createContext()) ?? []) {
      pages += 1;
      cursor = page.cursor;
      const known = seen.size;
      for (const change of page.changes) {
        seen.add(JSON.stringify(change));
        if (change.op === 'delete') deleted.push(change.key);
        else items.push(change);
      }
      nothingNew = seen.size === known ? nothingNew + 1 : 0;
      if (options.onePageEach) break;
    }
    // A cursor in time reads its overlap again for ever; it is through when two whole passes brought nothing else.
    if (!options.onePageEach || pages === 0 || nothingNew > 2 * seen.size + 4) return { items, deleted, cursor };
  }
  throw new Error(`changes did not come to an end in ${MOST_ROUNDS} pages.`);
}

const MOST_ROUNDS = 500;

/** All pages of a scan. */
export async function scanAll(stream: Stream, after: string | null): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of stream.scan?.(after, createContext()) ?? []) {
    for (const change of page.changes) if (change.op === 'put') items.push(change);
  }
  return items;
}

/** The one record, which must be there. */
export async function getOne(stream: Stream, key: string): Promise<Item> {
  const item = (await stream.get([key], createContext())).get(key);
  if (!item) throw new Error(`There is no record ${key}.`);
  return item;
}

/** The names of records, sorted. */
export function namesOf(items: readonly { readonly data: ExternalRecord }[]): string[] {
  return [...new Set(items.map(({ data }) => String(data.name)))].sort();
}
