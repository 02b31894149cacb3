import { DatastoreError } from '@datastores/core';
import { formatVersion } from '@datastores/core/protocol';
import type { DocumentWrite, StoredDocument } from '../document.ts';
import type { Route } from '../store.ts';
import type { Current, WritePlan, WriteRequest, Written } from '../write.ts';
import { currentOf } from './current.ts';
import { tombstoneBody } from './documents.ts';
import type { Job, Work } from './group.ts';
import type { Tables } from './tables.ts';

/** What a write needs beside its request. */
export interface WriteContext {
  readonly tables: Tables;
  /** Names of the datastores that may be written. */
  readonly datastores: ReadonlySet<string>;
  readonly routes: (datastore: string) => readonly Route[];
}

/** The job that loads what the request names, lets `decide` decide, and carries out its plan. */
export function writeJob<T>(
  context: WriteContext,
  request: WriteRequest,
  decide: (current: Current) => WritePlan<T>,
): Job<Written<T>> {
  return {
    weight: request.documents?.length ?? request.links?.keys.length ?? 1,
    run: (work) => {
      const plan = decide(currentOf(context.tables, request, work.now));
      carryOut(context.tables, request.scope, plan);
      return { result: plan.result, documents: writeDocuments(context, request.scope, { plan, work }) };
    },
  };
}

/**
 * Everything but the documents. Rows are settled first: a mark that the plan's own documents make must outlive that. Links
 * come before documents too: whether a system is told can depend on a link of the same plan.
 */
function carryOut(tables: Tables, scope: string, plan: WritePlan<unknown>): void {
  for (const settle of plan.settle ?? []) tables.outbox.settle(scope, settle);
  for (const link of plan.links ?? []) tables.links.put(scope, link);
  for (const counted of plan.counted ?? []) tables.replicas.putCounted(scope, counted);
  for (const decision of plan.decisions ?? []) tables.decisions.add(decision);
  if (plan.cursor !== undefined) tables.streams.setCursor(plan.cursor);
  for (const key of plan.rechecked ?? []) tables.streams.rechecked(key);
  for (const key of plan.recheck ?? []) tables.streams.addRecheck(key);
  for (const record of plan.quarantine ?? []) tables.streams.quarantine(record);
  for (const key of plan.released ?? []) tables.streams.release(key);
}

function writeDocuments(
  context: WriteContext,
  scope: string,
  { plan, work }: { readonly plan: WritePlan<unknown>; readonly work: Work },
): readonly StoredDocument[] {
  const writes = plan.documents ?? [];
  if (writes.length === 0) return [];
  const { tables } = context;
  const last = tables.scopes.raise(scope, writes.length);
  const epoch = tables.scopes.epoch();
  const tag = work.tagOf(scope);
  const first = last - writes.length + 1;
  const documents = writes.map((write, index): StoredDocument => {
    if (!context.datastores.has(write.datastore)) throw unknown(write.datastore);
    const seq = first + index;
    return {
      scope,
      datastore: write.datastore,
      id: write.id,
      seq,
      version: formatVersion({ epoch, seq, tag }),
      deleted: write.body === null,
      body: write.body ?? tombstoneBody(write.id),
      schemaVersion: write.schemaVersion,
      author: write.author,
      base: write.base,
      at: work.now,
    };
  });
  for (const group of groupsOf(documents)) tables.documents.put(group);
  for (const write of writes) tellSystems(context, { ...write, scope }, work);
  work.advanced(scope, documents);
  return documents;
}

function tellSystems(context: WriteContext, write: DocumentWrite & { readonly scope: string }, work: Work): void {
  const { scope, datastore, id, from } = write;
  for (const { system, stream, onlyLinked } of context.routes(datastore)) {
    if (system === from?.system && stream === from.stream) continue;
    if (onlyLinked && context.tables.links.ofDocument({ system, stream }, scope, write) === null) continue;
    if (context.tables.outbox.mark({ system, stream, scope, datastore, id }, work.now)) work.told(system);
  }
}

/** The documents by datastore, in order, since tallies are kept by datastore. */
function groupsOf(documents: readonly StoredDocument[]): Iterable<readonly StoredDocument[]> {
  const groups = new Map<string, StoredDocument[]>();
  for (const document of documents) {
    const group = groups.get(document.datastore);
    if (group === undefined) groups.set(document.datastore, [document]);
    else group.push(document);
  }
  return groups.values();
}

function unknown(datastore: string): DatastoreError {
  return new DatastoreError('DATASTORE_UNKNOWN', `This server has no datastore ${datastore}.`);
}
