import { putHead, readHead, readParts } from './block-format.ts';
import { type AnyStored, type Collection, entryOf } from './collection.ts';
import { answer, blockKey, type Transaction } from './database.ts';
import { type Event, tell } from './events.ts';
import type { BulkRecord, Head, Logged, MoveRecord, WriteRecord } from './records.ts';

/** Whether a commit could be followed. If not, what it refers to has been packed anew since: the table is to be read anew. */
export type Followed = 'followed' | 'too old';

/**
 * Brings a table up to a commit of another tab, and tells what it changed in the same moment: a query must not see a change
 * before its event is told, or RxDB counts it twice, and never miss one that was.
 */
export async function follow(
  collection: Collection,
  { seq, record }: Logged,
  transaction: Transaction,
): Promise<Followed> {
  switch (record.kind) {
    case 'write':
      await followWrite(collection, record, transaction);
      break;
    case 'bulk':
      return followBulk(collection, { seq, record }, transaction);
    case 'move':
      return followMove(collection, record, transaction);
    case 'purge':
      for (const id of record.ids) collection.table.remove(id, seq);
      break;
    case 'removal':
      collection.removed = true;
      collection.table.clear();
      break;
    default:
  }
  return 'followed';
}

async function followWrite(collection: Collection, record: WriteRecord, transaction: Transaction): Promise<void> {
  const { table } = collection;
  const documents = record.texts.map((text): AnyStored => JSON.parse(text));
  const previous = await statesOf(collection, documents.map(table.layout.idOf), transaction);
  const events: Event[] = [];
  for (const [at, document] of documents.entries()) {
    const entry = entryOf(table.layout, document, record.first + at);
    if (!table.put(entry, record.texts[at] as string)) continue;
    events.push({ id: entry.id, document, previous: previous.get(entry.id) });
    previous.set(entry.id, document);
  }
  tell(collection, { events, seq: record.first + documents.length - 1, context: record.context });
}

async function followBulk(
  collection: Collection,
  { seq, record }: { readonly seq: number; readonly record: BulkRecord },
  transaction: Transaction,
): Promise<Followed> {
  const { number, table, texts } = collection;
  const heads = await headsOf(collection, record.blocks, transaction);
  if (heads === null) return 'too old';
  const stored = await Promise.all(heads.map((head) => readParts(number, head, transaction)));
  const documents = stored.flat(2).map((text): AnyStored => JSON.parse(text));
  const previous = await statesOf(collection, documents.map(table.layout.idOf), transaction);
  const byId = new Map(documents.map((document) => [table.layout.idOf(document), document]));
  const events: Event[] = [];
  for (const [at, head] of heads.entries()) {
    for (const [nth, part] of (stored[at] ?? []).entries()) texts.keep(head.block + nth, part);
    putHead(table, readHead(head), ({ id }) => {
      events.push({ id, document: byId.get(id) as AnyStored, previous: previous.get(id) });
    });
  }
  tell(collection, { events, seq, context: record.context });
  return 'followed';
}

async function followMove(collection: Collection, record: MoveRecord, transaction: Transaction): Promise<Followed> {
  const heads = await headsOf(collection, record.blocks, transaction);
  if (heads === null) return 'too old';
  for (const head of heads) putHead(collection.table, readHead(head));
  for (const block of record.gone) collection.table.counts.gone(block);
  return 'followed';
}

async function headsOf(
  { number }: Collection,
  blocks: readonly number[],
  { store }: Transaction,
): Promise<readonly Head[] | null> {
  const heads = await Promise.all(
    blocks.map((block) => answer<Head | undefined>(store('heads').get(blockKey(number, block)))),
  );
  return heads.includes(undefined) ? null : (heads as Head[]);
}

/** What these documents are before the commit; null where the block of one is gone by now. */
async function statesOf(
  { number, table, texts }: Collection,
  ids: readonly string[],
  transaction: Transaction,
): Promise<Map<string, AnyStored | null>> {
  const found = new Map<string, AnyStored | null>();
  const known = ids.flatMap((id) => {
    const slot = table.slotOf(id);
    return slot === undefined ? [] : [{ id, place: table.placeOf(slot) }];
  });
  const places = known.map(({ place }) => place);
  const all = await texts.read(number, places, transaction);
  for (const [at, { id, place }] of known.entries()) {
    const text = all?.[at] ?? (await texts.read(number, [place], transaction))?.[0];
    found.set(id, text === undefined ? null : JSON.parse(text));
  }
  return found;
}

/** Tells what has changed since a position, after the table was read anew. */
export async function tellChangedSince(collection: Collection, after: number, transaction: Transaction): Promise<void> {
  const { number, table, texts } = collection;
  const slots = [...table.bySeq()].filter((slot) => !table.isDead(slot) && table.seqOf(slot) > after);
  const read = (await texts.read(number, slots.map(table.placeOf), transaction)) ?? [];
  const events = read.map((text): Event => {
    const document: AnyStored = JSON.parse(text);
    return { id: table.layout.idOf(document), document, previous: null };
  });
  const seq = slots.length === 0 ? after : table.seqOf(slots.at(-1) as number);
  tell(collection, { events, seq, context: 'changes of another tab that were missed' });
}
