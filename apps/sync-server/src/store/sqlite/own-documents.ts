import { formatVersion } from '@datastores/core/protocol';
import type { StoredDocument } from '../document.ts';
import { type DocumentTable, tombstoneBody } from './documents.ts';
import type { Work } from './group.ts';
import type { ScopeTable } from './scopes.ts';

/** A state of one of the server's own documents; null: deleted. */
export interface OwnWrite {
  readonly scope: string;
  readonly datastore: string;
  readonly id: string;
  readonly body: string | null;
}

/** Documents that the server itself writes, in feeds like any other. */
export type OwnDocuments = ReturnType<typeof prepareOwnDocuments>;

/** Who the feed says wrote what the server itself did. */
const AUTHOR = '@server';

/** Writes documents of the server's own datastores inside a transaction that something else began. */
export function prepareOwnDocuments(documents: DocumentTable, scopes: ScopeTable) {
  return {
    /** The text of a document; null if there is none. */
    get: (key: Omit<OwnWrite, 'body'>): string | null => {
      const stored = documents.get(key.scope, key);
      return stored === null || stored.deleted ? null : stored.body;
    },
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
    work.advanced(scope, stored);
  }

  function putOne(write: OwnWrite, at: Parameters<typeof formatVersion>[0], now: number): StoredDocument {
    const { scope, datastore, id, body } = write;
    const before = documents.find(scope, write);
    const deleted = body === null;
    const document: StoredDocument = {
      ...{ scope, datastore, id, deleted, seq: at.seq, at: now },
      version: formatVersion(at),
      body: body ?? tombstoneBody(id),
      schemaVersion: 0,
      author: AUTHOR,
      base: before?.document.version ?? null,
    };
    documents.put(document, null, before?.place ?? null);
    const gone = before === null ? null : before.document.deleted ? 'tombstones' : 'documents';
    documents.addTally(scope, datastore, {
      documents: (deleted ? 0 : 1) - (gone === 'documents' ? 1 : 0),
      tombstones: (deleted ? 1 : 0) - (gone === 'tombstones' ? 1 : 0),
    });
    return document;
  }
}
