import { receiptsScope } from '@datastores/core/protocol';
import type { Route } from '../../store.ts';
import { placeOf } from '../../work/receipts.ts';
import type { Tables } from '../../work/tables.ts';
import type { WriteRequest } from '../../write.ts';
import type { Statement } from '../session.ts';
import { createDocumentPart } from './documents.ts';
import { createHistoryPart } from './history.ts';
import { createKeptPart } from './kept-records.ts';
import { createLanePart } from './lanes.ts';
import { createLinkPart } from './links.ts';
import { createNoticePart, type NoticePart } from './notices.ts';
import { createReceiptPart } from './receipts.ts';
import { createReplicaPart } from './replicas.ts';
import { createScopePart } from './scopes.ts';
import { createSpace, type Load, type Part, type Space } from './space.ts';
import { createStreamPart } from './streams.ts';

/**
 * The tables of one transaction in memory. Jobs run on them at once, without waiting for the database; what they turn out
 * to need is read, and they run again. What they have changed is written in one go.
 */
export interface MemoryTables extends Tables {
  readonly space: Space;
  readonly notices: NoticePart;
  /** Has read what a write will need as far as its request tells, so that it runs once. */
  expect(request: WriteRequest): void;
  /** Has a scope locked. */
  expectScope(scope: string): void;
  /** Has the places of outbox rows read. */
  expectRows(rows: readonly { readonly seq: number }[]): void;
  /** Takes the locks that were asked for; null: it has them all. */
  lock(): Load | null;
  loads(): readonly Load[];
  writes(): readonly Statement[];
}

/** Makes the tables of one transaction. `routes` says which bindings are told of a datastore. */
export function createMemoryTables(routes: (datastore: string) => readonly Route[]): MemoryTables {
  const space = createSpace();
  const scopes = createScopePart(space);
  const replicas = createReplicaPart(space);
  const documents = createDocumentPart(space, replicas);
  const lanes = createLanePart(space, scopes);
  const links = createLinkPart(space, { documents, lanes });
  const receipts = createReceiptPart(space);
  const history = createHistoryPart(space);
  const streams = createStreamPart(space);
  const kept = createKeptPart(space);
  const notices = createNoticePart(space, streams);
  const parts: readonly Part[] = [
    ...[scopes, documents, replicas, links, lanes, receipts, history, kept, streams, notices],
  ];
  return {
    ...{ space, scopes, documents, replicas, links, lanes, receipts, history, streams, kept, notices },
    expectScope: scopes.want,
    expectRows: (rows) => {
      for (const { seq } of rows) lanes.wantRow(seq);
    },
    expect: ({ scope, documents: keys = [], replica, links: asked }) => {
      scopes.want(scope);
      for (const key of asked?.keys ?? [])
        links.wantKey({ system: asked?.system ?? '', stream: asked?.stream ?? '', key });
      for (const { datastore, id } of keys) {
        const key = { scope, datastore, id };
        documents.want(key);
        if (replica !== undefined) replicas.want({ ...key, replica });
        const told = routes(datastore);
        if (told.length > 0 || asked !== undefined) lanes.want(key);
        for (const route of asked === undefined ? told : [...told, asked]) {
          links.wantOf({ system: route.system, stream: route.stream, ...key });
        }
        if (replica === undefined || told.length === 0) continue;
        receipts.want(key);
        documents.want(placeOf({ ...key, replica }));
        scopes.want(receiptsScope(replica));
      }
    },
    lock: scopes.lock,
    loads: () => parts.flatMap((part) => part.loads()),
    writes: () => parts.flatMap((part) => part.writes()),
  };
}
