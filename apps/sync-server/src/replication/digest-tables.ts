import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  createDigestTable,
  type DigestTable,
  documentDigest,
  idDigest,
  type Position,
} from '@datastores/core/protocol';
import type { Datastore } from '@datastores/core/schema';
import type { FeedDocument } from '../store/document.ts';
import type { Store } from '../store/store.ts';
import { shownDocument } from './document-text.ts';

/** The digests of what a scope holds of a datastore, at a position of its feed. */
export interface ScopeDigests {
  /** The place of an entry is its number in the feed. */
  readonly table: DigestTable;
  /** How far the table has come: another request may bring it on at any await. */
  seq: number;
  /** Where it stands when nobody is bringing it on. */
  position: Position;
}

/** Which digests: those of one datastore in one scope, as replicas of a schema version see it. */
export interface DigestsKey {
  readonly scope: string;
  readonly datastore: Datastore;
  readonly schemaVersion: number;
}

/** Documents whose digests are kept, over all tables: about 64 MiB. The table that is asked for is kept whatever its size. */
const MOST_KEPT = 2_000_000;

/** An empty table takes as much room as so many documents: there may be thousands of small scopes. */
const WEIGHT_OF_TABLE = 2_000;

/** A piece of the feed that is digested in one go; others get their turn after it. */
const PAGE = { maxRows: 250, maxBytes: 512 * 1024 };

interface Kept {
  current: ScopeDigests | null;
  /** The end of the work on this table: two requests must not bring it forward at once. */
  work: Promise<unknown>;
}

/**
 * Digests made when they are asked for, from the feed, and brought up to its end by what came since: nothing is paid when
 * a document is written, and a replica that looks again costs only what has changed. The last used tables are kept.
 */
export function createDigestTables(store: Store, mostKept = MOST_KEPT) {
  /** The last used one is the last. */
  const tables = new Map<string, Kept>();

  async function upToDate(key: DigestsKey): Promise<ScopeDigests> {
    const name = JSON.stringify([key.scope, key.datastore.name, key.schemaVersion]);
    const kept = tables.get(name) ?? { current: null, work: Promise.resolve() };
    tables.delete(name);
    tables.set(name, kept);
    const digests = kept.work.then(async () => {
      kept.current = await broughtForward(store, key, await usable(store, key.scope, kept.current));
      return kept.current;
    });
    kept.work = digests.catch(() => undefined);
    const current = await digests;
    forgetOldest();
    return current;
  }

  function forgetOldest(): void {
    let sum = 0;
    for (const [name, { current }] of [...tables].reverse()) {
      const size = WEIGHT_OF_TABLE + (current?.table.size() ?? 0);
      sum += size;
      if (sum > mostKept && sum > size) tables.delete(name);
    }
  }

  return { upToDate };
}

/** See {@link createDigestTables}. */
export type DigestTables = ReturnType<typeof createDigestTables>;

/** A table of another history, or one that missed tombstones which are gone by now, is of no use. */
async function usable(store: Store, scope: string, digests: ScopeDigests | null): Promise<ScopeDigests | null> {
  if (digests === null) return null;
  const { epoch, seq, tag } = digests.position;
  if (epoch !== store.epoch) return null;
  const { floor } = await store.head(scope);
  return seq >= floor && (await store.tagAt(scope, seq)) === tag ? digests : null;
}

async function broughtForward(store: Store, key: DigestsKey, from: ScopeDigests | null): Promise<ScopeDigests> {
  const { scope, datastore } = key;
  const digests = from ?? { table: createDigestTable(), seq: 0, position: { epoch: store.epoch, seq: 0, tag: '' } };
  for (;;) {
    const page = await store.feed({ scope, datastore: datastore.name, after: digests.seq, ...PAGE });
    for (const row of page.rows) enter(digests.table, key, row);
    digests.seq = page.position.seq;
    digests.position = page.position;
    if (!page.hasMore) return digests;
    await nextTurn();
  }
}

function enter(table: DigestTable, { scope, datastore, schemaVersion }: DigestsKey, row: FeedDocument): void {
  const id = idDigest(row.id);
  if (row.deleted) {
    table.delete(id);
    return;
  }
  const document = shownDocument(datastore, row, schemaVersion);
  table.set({ id, digest: documentDigest({ scope, version: row.version, document }), place: row.seq });
}
