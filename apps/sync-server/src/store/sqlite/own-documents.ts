import { formatVersion } from '@datastores/core/protocol';
import type { DocumentKey, StoredDocument } from '../document.ts';
import { type DocumentTable, type KeptDocument, tombstoneBody } from './documents.ts';
import type { Work } from './group.ts';
import type { ScopeTable } from './scopes.ts';
import { type Tally, tallyOf } from './tally.ts';

/** Names one of the server's own documents. */
export interface OwnKey extends DocumentKey {
  readonly scope: string;
}

/** A state of one of the server's own documents. */
export interface OwnWrite extends OwnKey {
  /** The text; null: deleted. */
  readonly body: string | null;
  /** What {@link OwnDocuments.find} found in its place. */
  readonly before: KeptDocument | null;
}

/** Documents that the server itself writes, in feeds like any other. */
export type OwnDocuments = ReturnType<typeof prepareOwnDocuments>;

/** Who the feed says wrote what the server itself did. */
const AUTHOR = '@server';

/** Writes documents of the server's own datastores inside a transaction that something else began. */
export function prepareOwnDocuments(documents: DocumentTable, scopes: ScopeTable) {
  return {
    /** What is kept of a document, its tombstone too; null if it never was. */
    find: (key: OwnKey): KeptDocument | null => documents.find(key.scope, key),
    put: (writes: readonly OwnWrite[], work: Work): void => {
      const byScope = new Map<string, OwnWrite[]>();
      for (const write of writes) {
        const group = byScope.get(write.scope);
        if (group === undefined) byScope.set(write.scope, [write]);
        else group.push(write);
      }
      for (const [scope, group] of byScope) putAll(scope, group, work);
    },
  };

  function putAll(scope: string, writes: readonly OwnWrite[], work: Work): void {
    const first = scopes.raise(scope, writes.length) - writes.length + 1;
    const at = { epoch: scopes.epoch(), tag: work.tagOf(scope) };
    const stored = writes.map((write, index) => putOne(write, { ...at, seq: first + index }, work.now));
    for (const [datastore, tally] of talliesOf(writes)) documents.addTally(scope, datastore, tally);
    work.advanced(scope, stored);
  }

  function putOne(write: OwnWrite, at: Parameters<typeof formatVersion>[0], now: number): StoredDocument {
    const { scope, datastore, id, body, before } = write;
    const document: StoredDocument = {
      ...{ scope, datastore, id, deleted: body === null, seq: at.seq, at: now },
      version: formatVersion(at),
      body: body ?? tombstoneBody(id),
      schemaVersion: 0,
      author: AUTHOR,
      base: before?.document.version ?? null,
    };
    documents.put(document, null, before?.place ?? null);
    return document;
  }
}

function talliesOf(writes: readonly OwnWrite[]): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { datastore, body, before } of writes) {
    const tally = tallyOf(tallies, datastore);
    if (before !== null) tally[before.document.deleted ? 'tombstones' : 'documents'] -= 1;
    tally[body === null ? 'tombstones' : 'documents'] += 1;
  }
  return tallies;
}
