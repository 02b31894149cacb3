import { type MangoQuery, normalizeMangoQuery, prepareQuery } from 'rxdb';
import {
  distinctUntilChanged,
  filter,
  map,
  merge,
  type Observable,
  shareReplay,
  startWith,
  switchMap,
  throttleTime,
} from 'rxjs';
import { receiptId } from '../protocol/own-scopes.ts';
import type { Journal } from '../replica/journal.ts';
import { journalKey, type RejectedChange } from '../replica/journal-entry.ts';
import type { Replica } from '../replica/replica.ts';
import { contentOf, type StorageInstance, serverMetaOf } from '../replica/stored.ts';
import type { WriteReceipt } from '../schema/write-receipts.ts';
import type { AcceptedWrites } from './accepted-writes.ts';
import { isNewer } from './newer.ts';
import { type Receipt, receiptOf } from './receipt.ts';

/** How far the local writes of this replica have got. Works offline; what the server knows arrives as soon as it is reached. */
export interface Receipts {
  /** The receipt of a document; null if this replica has not written it, or all of it was confirmed long ago. */
  of(datastore: string, id: string): Promise<Receipt | null>;
  /** The same, now and after every change of it. */
  of$(datastore: string, id: string): Observable<Receipt | null>;
  /** Receipts of writes that the server has taken and some system has not confirmed; at most 1,000. */
  readonly pending$: Observable<readonly Receipt[]>;
}

/** Where receipts are read from. */
export interface ReceiptSource {
  readonly journal: Journal;
  /** The storage of what the server says. */
  readonly instance: StorageInstance;
  readonly accepted: AcceptedWrites;
  /** Where the documents themselves are. */
  readonly storages: Replica['storages'];
}

const MOST_PENDING = 1_000;

/** Many receipts change together: a list is not read again for each of them. */
const PENDING_EVERY_MS = 50;

/** The receipts of a replica. */
export function createReceipts(source: ReceiptSource): Receipts {
  const { instance } = source;
  const schema = instance.schema;
  const query: MangoQuery<never> = {
    selector: { settled: false } as never,
    sort: [{ id: 'asc' } as never],
    limit: MOST_PENDING,
  };
  const prepared = prepareQuery(schema as never, normalizeMangoQuery(schema as never, query));
  const pending = async () => {
    const { documents } = await instance.query(prepared as never);
    return documents.map((stored) => receiptOf(contentOf(stored) as unknown as WriteReceipt));
  };
  const changed$ = instance.changeStream().pipe(map(() => null));
  return {
    of: (datastore, id) => readReceipt(source, datastore, id),
    of$: (datastore, id) => receipt$(source, datastore, id),
    pending$: changed$.pipe(
      throttleTime(PENDING_EVERY_MS, undefined, { leading: true, trailing: true }),
      startWith(null),
      switchMap(pending),
      shareReplay({ bufferSize: 1, refCount: true }),
    ),
  };
}

function receipt$(source: ReceiptSource, datastore: string, id: string): Observable<Receipt | null> {
  const here$ = source.journal.changes$.pipe(filter((touched) => touched.has(datastore)));
  return merge(told$(source, { datastore, id }), here$).pipe(
    startWith(null),
    switchMap(() => readReceipt(source, datastore, id)),
    distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
  );
}

interface ReceiptKey {
  readonly datastore: string;
  readonly id: string;
}

/** What the server says of the writes of a document, now and after every change of it; null: nothing. */
export function toldReceipt$(source: ReceiptSource, key: ReceiptKey): Observable<WriteReceipt | null> {
  return told$(source, key).pipe(
    startWith(null),
    switchMap(() => readTold(source, key)),
  );
}

/** Emits when the server has said something new. */
function told$({ instance }: ReceiptSource, { datastore, id }: ReceiptKey): Observable<unknown> {
  const name = receiptId(datastore, id);
  return instance.changeStream().pipe(filter(({ events }) => events.some((event) => event.documentId === name)));
}

/** What the journal knows goes before what the server has said: that was of an earlier write. */
async function readReceipt(source: ReceiptSource, datastore: string, id: string): Promise<Receipt | null> {
  const { index } = source.journal;
  const receipt = { datastore, id, version: null, systems: [] } as const;
  if (index.has(journalKey({ kind: 'edit', datastore, id }))) return { ...receipt, state: 'saved', refusal: null };
  const told = await readTold(source, { datastore, id });
  const refused = await newestRefusal(source.journal, datastore, id);
  if (refused !== null) {
    const { code, message } = refused;
    return { ...receipt, state: 'rejected', refusal: { code, message } };
  }
  const version = await acceptedVersion(source, { datastore, id });
  if (version !== null && isNewer(version, told?.version)) {
    return { ...receipt, state: 'accepted', version, refusal: null };
  }
  return told === null ? null : receiptOf(told);
}

/** What the server has said of the writes of a document; null: nothing. */
export async function readTold(
  { instance }: Pick<ReceiptSource, 'instance'>,
  { datastore, id }: ReceiptKey,
): Promise<WriteReceipt | null> {
  const [stored] = await instance.findDocumentsById([receiptId(datastore, id)], false);
  return stored === undefined ? null : (contentOf(stored) as unknown as WriteReceipt);
}

/**
 * Version of a write that was accepted just now, and of which the server may not have said more yet. One that a restored
 * store has lost is not what the replica holds any more.
 */
async function acceptedVersion({ accepted, storages }: ReceiptSource, { datastore, id }: ReceiptKey) {
  const version = accepted.version(datastore, id);
  if (version === undefined) return null;
  const [stored] = (await storages.get(datastore)?.instance.findDocumentsById([id], true)) ?? [];
  const held = serverMetaOf(stored).version;
  return held !== undefined && (held === version || isNewer(held, version)) ? version : null;
}

/** A refused change stays on its list until it is discarded, whatever was written since. */
async function newestRefusal(journal: Journal, datastore: string, id: string): Promise<RejectedChange | null> {
  if (journal.index.count('rejected', datastore) === 0) return null;
  const entries = [...journal.index.values()].filter(
    (entry) => entry.kind === 'rejected' && entry.datastore === datastore && entry.id === id,
  );
  const changes = [...(await journal.read<RejectedChange>(entries.map(journalKey))).values()];
  return changes.sort((a, b) => b.order - a.order)[0] ?? null;
}
