import { formatVersion } from '@datastores/core/protocol';
import { type DocumentKey, type StoredDocument, tombstoneBody } from '../document.ts';
import type { Work } from './group.ts';
import type { KeptDocument, Tables } from './tables.ts';
import { type Tally, tallyOf } from './tally.ts';

/** Names one of the server's own documents. */
export interface OwnKey extends DocumentKey {
  readonly scope: string;
}

/** A state of one of the server's own documents. */
export interface OwnWrite extends OwnKey {
  /** The text; null: deleted. */
  readonly body: string | null;
  /** What was found in its place. */
  readonly before: KeptDocument | null;
}

/** Who the feed says wrote what the server itself did. */
const AUTHOR = '@server';

/** Writes documents of the server's own datastores inside a transaction that something else began. */
export function putOwnDocuments(tables: Pick<Tables, 'documents' | 'scopes'>, writes: readonly OwnWrite[], work: Work) {
  const byScope = new Map<string, OwnWrite[]>();
  for (const write of writes) {
    const group = byScope.get(write.scope);
    if (group === undefined) byScope.set(write.scope, [write]);
    else group.push(write);
  }
  for (const [scope, group] of byScope) putAll(tables, scope, { writes: group, work });
}

interface Putting {
  readonly writes: readonly OwnWrite[];
  readonly work: Work;
}

function putAll(tables: Pick<Tables, 'documents' | 'scopes'>, scope: string, { writes, work }: Putting): void {
  const { documents, scopes } = tables;
  const first = scopes.raise(scope, writes.length) - writes.length + 1;
  const at = { epoch: scopes.epoch(), tag: work.tagOf(scope) };
  const stored = writes.map((write, index) => {
    const document = stateOf(write, { ...at, seq: first + index }, work.now);
    documents.put(document, null, write.before?.place ?? null);
    return document;
  });
  for (const [datastore, tally] of talliesOf(writes)) documents.addTally(scope, datastore, tally);
  work.advanced(scope, stored);
}

function stateOf(write: OwnWrite, at: Parameters<typeof formatVersion>[0], now: number): StoredDocument {
  const { scope, datastore, id, body, before } = write;
  return {
    ...{ scope, datastore, id, deleted: body === null, seq: at.seq, at: now },
    version: formatVersion(at),
    body: body ?? tombstoneBody(id),
    schemaVersion: 0,
    author: AUTHOR,
    base: before?.document.version ?? null,
  };
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
