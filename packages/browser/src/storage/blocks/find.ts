import { DatastoreError } from '@datastores/core';
import type { AnyStored, Checkpoint, Collection } from './collection.ts';
import { parseAll } from './parse-all.ts';
import type { Place } from './table.ts';

/** The documents of these ids that exist, in the order of the ids. Deleted ones only where asked for. */
export async function findById(collection: Collection, ids: readonly string[], withDeleted: boolean): Promise<never[]> {
  const { table } = collection;
  const slots = () =>
    ids.flatMap((id) => {
      const slot = table.slotOf(id);
      return slot === undefined || (table.isDeleted(slot) && !withDeleted) ? [] : [slot];
    });
  return (await readSlots(collection, slots)) as never[];
}

/** The current states of up to `limit` documents written after the checkpoint, oldest write first, each once. */
export async function changedSince(
  collection: Collection,
  limit: number,
  checkpoint: Checkpoint | undefined,
): Promise<{ documents: never[]; checkpoint: Checkpoint }> {
  const { table } = collection;
  let seq = Number.isFinite(checkpoint?.seq) ? Number(checkpoint?.seq) : 0;
  const after = seq;
  const documents = await readSlots(collection, () => {
    const slots = writtenAfter(collection, after, limit);
    const last = slots.at(-1);
    seq = last === undefined ? after : table.seqOf(last);
    return slots;
  });
  return { documents: documents as never[], checkpoint: { seq } };
}

function writtenAfter({ table }: Collection, after: number, limit: number): number[] {
  const slots = table.bySeq();
  let [low, high] = [0, slots.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (table.seqOf(slots[middle] as number) > after) high = middle;
    else low = middle + 1;
  }
  const found: number[] = [];
  for (let at = low; at < slots.length && found.length < limit; at += 1) {
    const slot = slots[at] as number;
    if (!table.isDead(slot)) found.push(slot);
  }
  return found;
}

/** Reads what is chosen. */
function readSlots(collection: Collection, choose: () => readonly number[]): Promise<AnyStored[]> {
  return untilRead(collection, () => readDocuments(collection, choose().map(collection.table.placeOf)));
}

/** How often blocks may be packed anew while they are read. */
const ATTEMPTS = 20;

/** Reads again where blocks were packed anew meanwhile, by this tab or by one whose news has not arrived yet. */
export async function untilRead<Result>(
  { look, name }: Collection,
  read: () => Promise<Result | null>,
): Promise<Result> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const result = await read();
    if (result !== null) return result;
    await look();
  }
  const message = `Blocks of "${name}" cannot be read: they are missing in the database.`;
  throw new DatastoreError('STORAGE_UNAVAILABLE', message, {
    remedy: 'Load the page again. If it stays so, delete the data of the site; what is unpushed is lost then.',
  });
}

/** The documents at these places, or null where a block is not there any more. */
export async function readDocuments(
  { number, texts }: Collection,
  places: readonly Place[],
): Promise<AnyStored[] | null> {
  const found = await texts.read(number, places);
  return found === null ? null : parseAll(found);
}
