import { DatastoreError } from '@datastores/core';
import { formatVersion } from '@datastores/core/protocol';
import type { Counted, DocumentWrite, StoredDocument } from '../document.ts';
import { fieldDigests } from '../field-digests.ts';
import type { Why } from '../history.ts';
import type { Route } from '../store.ts';
import type { Current, WritePlan, WriteRequest, Written } from '../write.ts';
import { creditsOf } from './credits.ts';
import { ownCredit, type Reading, readingOf } from './current.ts';
import { type Tally, tombstoneBody } from './documents.ts';
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
      const reading = readingOf(context.tables, request, work.now);
      const plan = decide(reading.current);
      carryOut(context.tables, { scope: request.scope, now: work.now }, plan);
      return { result: plan.result, documents: writeDocuments(context, request.scope, { plan, work, reading }) };
    },
  };
}

/**
 * Everything but the documents. Rows are settled first: a mark that the plan's own documents make must outlive that. Links
 * come before documents too: whether a system is told can depend on a link of the same plan.
 */
function carryOut(
  tables: Tables,
  { scope, now }: { readonly scope: string; readonly now: number },
  plan: WritePlan<unknown>,
): void {
  for (const settle of plan.settle ?? []) tables.outbox.settle(scope, settle, now);
  for (const link of plan.links ?? []) tables.links.put(scope, link);
  for (const event of plan.events ?? []) tables.history.add(scope, event, now);
  if (plan.cursor !== undefined) tables.streams.setCursor(plan.cursor);
  for (const key of plan.rechecked ?? []) tables.streams.rechecked(key);
  for (const key of plan.recheck ?? []) tables.streams.addRecheck(key);
  for (const record of plan.quarantine ?? []) tables.streams.quarantine(record);
  for (const key of plan.released ?? []) tables.streams.release(key);
}

interface Writing {
  readonly plan: WritePlan<unknown>;
  readonly work: Work;
  readonly reading: Reading;
}

function writeDocuments(
  context: WriteContext,
  scope: string,
  { plan, work, reading }: Writing,
): readonly StoredDocument[] {
  const { tables } = context;
  const writes = plan.documents ?? [];
  const { own, others } = creditsOf(plan);
  for (const counted of others) tables.replicas.putCounted(scope, counted);
  if (writes.length === 0) return [];
  const last = tables.scopes.raise(scope, writes.length);
  const epoch = tables.scopes.epoch();
  const tag = work.tagOf(scope);
  const first = last - writes.length + 1;
  const tallies = new Map<string, Tally>();
  const documents = writes.map((write, index) => {
    if (!context.datastores.has(write.datastore)) throw unknown(write.datastore);
    const seq = first + index;
    const document = stateOf(write, { scope, seq, version: formatVersion({ epoch, seq, tag }), at: work.now });
    const tally = tallyOf(tallies, write.datastore);
    put(tables, document, { reading, credit: own.get(write) ?? null, tally, why: write.why });
    return document;
  });
  for (const [datastore, tally] of tallies) tables.documents.addTally(scope, datastore, tally);
  for (const write of writes) tellSystems(context, { write, scope }, work);
  work.advanced(scope, documents);
  return documents;
}

function stateOf(write: DocumentWrite, at: Pick<StoredDocument, 'scope' | 'seq' | 'version' | 'at'>): StoredDocument {
  const { datastore, id, body, schemaVersion, author, base } = write;
  const { scope, seq, version, at: time } = at;
  const deleted = body === null;
  const text = body ?? tombstoneBody(id);
  return { scope, datastore, id, seq, version, deleted, body: text, schemaVersion, author, base, at: time };
}

interface Putting {
  readonly reading: Reading;
  readonly credit: Counted | null;
  readonly tally: Tally;
  readonly why: Why | undefined;
}

function put(tables: Tables, document: StoredDocument, { reading, credit, tally, why }: Putting): void {
  const { documents, replicas, history } = tables;
  const { scope, author } = document;
  const kept = reading.kept(document);
  const own = credit?.replica === author ? credit : null;
  // The credit of the author before goes with the state that it wrote, unless its new one takes the place.
  const before = kept === null ? null : ownCredit(kept, kept.document.author);
  if (before !== null && before.replica !== own?.replica) replicas.addCounted(scope, before);
  if (kept !== null && isOvertaken(kept.document, author)) {
    replicas.addOvertaken(
      scope,
      { ...keyOf(document), replica: kept.document.author },
      fieldDigests(kept.document.body),
    );
  }
  if (own !== null && !reading.isUncredited(document, author)) replicas.removeCounted(scope, document, author);
  history.addState(document, kept?.document ?? null, why);
  documents.put(document, own?.edit ?? null, kept?.place ?? null);
  reading.written(document);
  if (kept !== null) tally[kept.document.deleted ? 'tombstones' : 'documents'] -= 1;
  tally[document.deleted ? 'tombstones' : 'documents'] += 1;
}

/** Written over by somebody else: its author may not have heard of it, and send what is in it once more. */
function isOvertaken(before: StoredDocument, author: string): boolean {
  return !before.deleted && before.author !== author && !before.author.startsWith('@');
}

function keyOf({ datastore, id }: StoredDocument) {
  return { datastore, id };
}

function tallyOf(tallies: Map<string, Tally>, datastore: string): Tally {
  const known = tallies.get(datastore);
  if (known !== undefined) return known;
  const tally: Tally = { documents: 0, tombstones: 0 };
  tallies.set(datastore, tally);
  return tally;
}

function tellSystems(context: WriteContext, told: { write: DocumentWrite; scope: string }, work: Work): void {
  const { write, scope } = told;
  const { datastore, id, from } = write;
  for (const { system, stream, onlyLinked } of context.routes(datastore)) {
    if (system === from?.system && stream === from.stream) continue;
    if (onlyLinked && context.tables.links.ofDocument({ system, stream }, scope, write) === null) continue;
    if (context.tables.outbox.mark({ system, stream, scope, datastore, id }, work.now)) work.told(system);
  }
}

function unknown(datastore: string): DatastoreError {
  return new DatastoreError('DATASTORE_UNKNOWN', `This server has no datastore ${datastore}.`);
}
