import { DatastoreError } from '@datastores/core';
import { formatVersion } from '@datastores/core/protocol';
import { type Counted, type DocumentWrite, type StoredDocument, tombstoneBody } from '../document.ts';
import { fieldDigests } from '../field-digests.ts';
import type { Why } from '../history.ts';
import type { OutboxSettle } from '../outbox.ts';
import type { Route } from '../store.ts';
import type { Current, WritePlan, WriteRequest, Written } from '../write.ts';
import { creditsOf } from './credits.ts';
import type { Job, Work } from './group.ts';
import type { Lane } from './lane-table.ts';
import { markLane, settleLane } from './lanes.ts';
import { ownCredit, type Reading, readingOf } from './reading.ts';
import { claimReceipts, refreshReceipts } from './receipts.ts';
import type { Tables } from './tables.ts';
import { type Tally, tallyOf } from './tally.ts';

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
      const lanes = carryOut(context, request.scope, { plan, work });
      const documents = writeDocuments(context, request.scope, { plan, work, reading });
      giveReceipts(context, { plan, scope: request.scope, documents, lanes }, work);
      return { result: plan.result, documents };
    },
  };
}

/**
 * Everything but the documents. Rows are settled first: a mark that the plan's own documents make must outlive that. Links
 * come before documents too: whether a system is told can depend on a link of the same plan.
 */
function carryOut(
  context: WriteContext,
  scope: string,
  { plan, work }: Pick<Writing, 'plan' | 'work'>,
): readonly Lane[] {
  const { tables } = context;
  const lanes = (plan.settle ?? []).flatMap((settle) => settleRow(context, scope, { settle, work }) ?? []);
  for (const link of plan.links ?? []) {
    tables.links.put(scope, link);
    // What is gone over there is not kept here either.
    if (link.gone !== null && link.key !== null) tables.kept.remove({ ...link, key: link.key });
  }
  for (const record of plan.kept ?? []) tables.kept.put(record);
  for (const event of plan.events ?? []) tables.history.add(scope, event, work.now);
  if (plan.cursor !== undefined) tables.streams.setCursor(plan.cursor);
  for (const key of plan.rechecked ?? []) tables.streams.rechecked(key);
  for (const key of plan.recheck ?? []) tables.streams.addRecheck(key);
  for (const record of plan.quarantine ?? []) tables.streams.quarantine(record);
  for (const key of plan.released ?? []) tables.streams.release(key);
  return lanes;
}

/** A row that goes without having been told must leave a receipt that says so, which it could not once it is gone. */
function settleRow(context: WriteContext, scope: string, at: { settle: OutboxSettle; work: Work }): Lane | null {
  const { settle, work } = at;
  const { now } = work;
  if (settle.state === 'done' && settle.refusal) {
    const lane = settleLane(context.tables, scope, { settle: { ...settle, state: 'dead' }, now });
    if (lane !== null) refreshReceipts(context, [lane], work);
  }
  return settleLane(context.tables, scope, { settle, now });
}

interface Receipting {
  readonly plan: WritePlan<unknown>;
  readonly scope: string;
  readonly documents: readonly StoredDocument[];
  readonly lanes: readonly Lane[];
}

/** Last of all: what they say follows from rows and links as the plan leaves them. */
function giveReceipts(context: WriteContext, { plan, scope, documents, lanes }: Receipting, work: Work): void {
  if (lanes.length > 0) refreshReceipts(context, lanes, work);
  if (plan.receipts === undefined || plan.receipts.length === 0) return;
  const made = new Map(documents.map(({ datastore, id, version }) => [JSON.stringify([datastore, id]), version]));
  const claims = plan.receipts.map((claim) => ({
    ...claim,
    version: claim.version ?? made.get(JSON.stringify([claim.datastore, claim.id])) ?? null,
  }));
  claimReceipts(context, scope, { claims, work });
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
  for (const lane of plan.tell ?? []) {
    // What its writers were told of the state that is there is not taken back.
    const fromSeq = (tables.documents.get(scope, lane)?.seq ?? 0) + 1;
    if (markLane(tables, { ...lane, scope }, { now: work.now, fromSeq })) work.told(lane.system);
  }
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
  for (const [index, write] of writes.entries()) tellSystems(context, { write, scope, seq: first + index }, work);
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

function tellSystems(context: WriteContext, told: { write: DocumentWrite; scope: string; seq: number }, work: Work) {
  const { write, scope, seq } = told;
  const { datastore, id, from } = write;
  for (const { system, stream, onlyLinked } of context.routes(datastore)) {
    if (system === from?.system && stream === from.stream) continue;
    if (onlyLinked && context.tables.links.ofDocument({ system, stream }, scope, write) === null) continue;
    const lane = { system, stream, scope, datastore, id };
    if (markLane(context.tables, lane, { now: work.now, fromSeq: seq })) work.told(system);
  }
}

function unknown(datastore: string): DatastoreError {
  return new DatastoreError('DATASTORE_UNKNOWN', `This server has no datastore ${datastore}.`);
}
