import { DatastoreError } from '@datastores/core';
import {
  type BulkWriteRow,
  type CategorizeBulkWriteRowsOutput,
  categorizeBulkWriteRows,
  type RxStorageInstance,
  type RxStorageWriteError,
  stripAttachmentsDataFromDocument,
} from 'rxdb';
import { type AttachmentBytes, writeAttachments } from './attachments.ts';
import { type Block, type Packed, packBlocks, placeIn, storeBlocks } from './block-format.ts';
import { type AnyStored, type Changes, type Collection, entryOf } from './collection.ts';
import type { Commit, Connection } from './connection.ts';

/** One call of bulkWrite, with the bytes of its attachments already read. */
export interface Write {
  readonly collection: Collection;
  readonly instance: RxStorageInstance<unknown, unknown, unknown>;
  readonly rows: readonly BulkWriteRow<unknown>[];
  readonly context: string;
  readonly bytes: AttachmentBytes;
}

/** Writes rows. Resolves when what was not refused is on disk and told. */
export interface Writes {
  write(given: Write): Promise<RxStorageWriteError<unknown>[]>;
}

/** So many documents or more go straight into blocks; fewer would make blocks that are packed anew soon. */
const BULK = 50;

interface Waiting extends Write {
  readonly resolve: (errors: RxStorageWriteError<unknown>[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes that come while another one is on its way to the disk share the next transaction: many small ones at once cost one
 * flush. Each is a commit of its own in it, and each is refused for itself.
 */
export function createWrites(connection: Connection, written: () => void): Writes {
  let waiting: Waiting[] = [];

  async function writeAll(): Promise<void> {
    const batch = waiting;
    waiting = [];
    const ended: (() => void)[] = [];
    try {
      await connection.write(async (commit) => {
        const states = new Map<Collection, Map<string, AnyStored>>();
        for (const one of batch) {
          const own = states.get(one.collection) ?? new Map<string, AnyStored>();
          states.set(one.collection, own);
          let prepared: Prepared;
          try {
            prepared = await prepare({ ...one, own }, commit);
          } catch (error) {
            // A document that cannot be written as JSON, for one: nothing of this write is in the transaction.
            ended.push(() => one.reject(error));
            continue;
          }
          store(one, prepared, commit);
          ended.push(() => one.resolve(prepared.errors));
        }
      });
      for (const end of ended) end();
      written();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    write: (given) =>
      new Promise((resolve, reject) => {
        waiting.push({ ...given, resolve, reject });
        if (waiting.length === 1) void connection.idle().then(writeAll);
      }),
  };
}

/** A write, and the states that earlier writes of the same transaction have given documents. */
interface InTransaction extends Write {
  readonly own: Map<string, AnyStored>;
}

/** What a write is going to do. */
interface Prepared {
  readonly errors: RxStorageWriteError<unknown>[];
  readonly rounds: readonly Round[];
}

interface Round {
  readonly sorted: CategorizeBulkWriteRowsOutput<unknown>;
  /** What is to be stored, without sequence numbers yet. */
  readonly documents: readonly Packed[];
}

async function prepare(given: InTransaction, commit: Commit): Promise<Prepared> {
  const { collection, context, instance, own } = given;
  if (collection.removed) throw new DatastoreError('REPLICA_CLOSED', `The collection ${collection.name} was removed.`);
  const { layout } = collection.table;
  const errors: RxStorageWriteError<unknown>[] = [];
  const rounds: Round[] = [];
  const states = new Map(own);
  for (const rows of withoutRepeats(given.rows, layout.idOf)) {
    const stored = await storedStates({ collection, states, rows }, commit);
    const sorted = categorizeBulkWriteRows<unknown>(instance, layout.primaryPath as never, stored, [...rows], context);
    errors.push(...sorted.errors);
    const documents = [...sorted.bulkInsertDocs, ...sorted.bulkUpdateDocs].map(({ document }): Packed => {
      states.set(layout.idOf(document), document);
      return { entry: entryOf(layout, document, 0), text: JSON.stringify(document) };
    });
    rounds.push({ sorted, documents });
  }
  for (const [id, state] of states) own.set(id, state);
  return { errors, rounds };
}

function store({ collection, context, instance, bytes }: Write, { rounds }: Prepared, commit: Commit): void {
  const documents = rounds.flatMap((round) => round.documents);
  if (documents.length === 0) return;
  const first = commit.take(documents.length);
  const numbered = documents.map(({ entry, text }, at): Packed => ({ text, entry: { ...entry, seq: first + at } }));
  const changes: Changes[] = [];
  let seq = first - 1;
  for (const { sorted, documents: written } of rounds) {
    writeAttachments({ commit, collection }, sorted, bytes);
    seq += written.length;
    const events = storedEvents(instance, sorted);
    if (events.length > 0) changes.push({ ...sorted.eventBulk, events, checkpoint: { seq } });
  }
  const tell = () => {
    for (const bulk of changes) collection.changes$.next(bulk);
  };
  const place = { collection: collection.number, context };
  // A block holds each document once.
  if (documents.length >= BULK && rounds.length === 1) {
    // A block is called by the number of its first document, its parts by those that follow.
    const blocks = packBlocks(numbered, collection.table.layout.keyPaths, ([first]) => first?.seq ?? 0);
    storeBlocks(collection.number, blocks, commit);
    commit.log({ kind: 'bulk', ...place, blocks: blocks.map(({ head }) => head.block) }, () => {
      for (const block of blocks) putBlock(collection, block);
      tell();
    });
    return;
  }
  commit.log({ kind: 'write', ...place, first, texts: numbered.map(({ text }) => text) }, () => {
    for (const { entry, text } of numbered) collection.table.put(entry, text);
    tell();
  });
}

/**
 * Takes a block that was stored into the table. Its texts are not kept in memory: a first pull would push out of it what
 * is being read.
 */
export function putBlock({ table }: Collection, { head, parts, entries }: Block): void {
  table.counts.known(head.block, { documents: entries.length, parts: parts.length });
  for (const [at, entry] of entries.entries()) table.put(entry, placeIn(head, at));
}

/** RxDB sorts rows against the state before the call: a second row for an id must see what the first one did to it. */
function withoutRepeats(
  rows: readonly BulkWriteRow<unknown>[],
  idOf: (document: object) => string,
): readonly (readonly BulkWriteRow<unknown>[])[] {
  const rounds: BulkWriteRow<unknown>[][] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const id = idOf(row.document);
    const round = seen.get(id) ?? 0;
    seen.set(id, round + 1);
    const target = rounds[round];
    if (target) target.push(row);
    else rounds.push([row]);
  }
  return rounds;
}

/** Where the revision is the expected one, the state the caller sent is the stored one: only conflicting rows are read. */
async function storedStates(
  {
    collection: { number, table, texts },
    states,
    rows,
  }: {
    readonly collection: Collection;
    readonly states: ReadonlyMap<string, AnyStored>;
    readonly rows: readonly BulkWriteRow<unknown>[];
  },
  commit: Commit,
): Promise<Map<string, AnyStored>> {
  const found = new Map<string, AnyStored>();
  const conflicting: number[] = [];
  for (const { document, previous } of rows) {
    const id = table.layout.idOf(document);
    const own = states.get(id);
    const slot = table.slotOf(id);
    if (own !== undefined) found.set(id, own);
    else if (slot === undefined) continue;
    else if (previous?._rev === table.revisionOf(slot)) found.set(id, previous);
    else conflicting.push(slot);
  }
  if (conflicting.length === 0) return found;
  const read = await texts.read(number, conflicting.map(table.placeOf), commit);
  if (read === null) throw new Error('A block vanished inside a transaction');
  for (const text of read) {
    const document: AnyStored = JSON.parse(text);
    found.set(table.layout.idOf(document), document);
  }
  return found;
}

/** RxDB lists events also for rows refused for a missing attachment, and leaves Blobs in those of deleted documents. */
function storedEvents(
  { schema }: Write['instance'],
  { eventBulk, errors }: CategorizeBulkWriteRowsOutput<unknown>,
): Changes['events'] {
  if (!schema.attachments) return eventBulk.events;
  const refused = new Set(errors.map((error) => error.documentId));
  return eventBulk.events
    .filter((event) => !refused.has(event.documentId))
    .map((event) => ({ ...event, documentData: stripAttachmentsDataFromDocument(event.documentData) }));
}
