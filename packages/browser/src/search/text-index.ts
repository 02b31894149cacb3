import type { RxDocumentData } from 'rxdb';
import { createDictionary, type Dictionary, type SortedTerms } from './dictionary.ts';
import { placesOf } from './places-of.ts';
import { createPostings, type FrozenPostings, type Postings } from './postings.ts';
import { createSlots, type FrozenSlots, type Revision, type Slots } from './slots.ts';

/** A document as storages hand it on. */
export type StoredDocument = RxDocumentData<unknown>;

/** Full-text index of one datastore, in memory: terms with the documents and places that they stand in. */
export interface TextIndex {
  readonly fields: readonly string[];
  readonly dictionary: Dictionary & SortedTerms;
  readonly postings: Postings;
  readonly slots: Slots;
  /**
   * Takes a state of a document in, unless a later one is there. `previous` is the state before it, where that is known: if
   * no text has changed, the terms are left alone. Returns whether anything was done.
   */
  put(document: StoredDocument, options: PutOptions): boolean;
  /** Takes a document out, unless a later state than this one is there. */
  remove(id: string, revision: Revision): boolean;
  /** True if most of what it holds is of states that are no more: it is to be built anew. */
  isWorn(): boolean;
  /** Bytes in memory, by estimate where JavaScript does not tell. */
  bytes(): number;
}

/** How a document is taken in. */
export interface PutOptions {
  readonly id: string;
  readonly previous?: StoredDocument | undefined;
}

/** What an index was at one moment. */
export interface FrozenIndex {
  readonly terms: string[];
  readonly order: Uint32Array;
  readonly postings: FrozenPostings;
  readonly slots: FrozenSlots;
}

/** An empty index, or one that was frozen earlier, whose terms and slots are still to be made known. */
export function createTextIndex(fields: readonly string[], from?: FrozenIndex): TextIndex {
  const dictionary = createDictionary(from?.terms, from?.order);
  const postings = createPostings(from?.postings);
  const slots = createSlots(from?.slots);
  let arrivals = 0;
  for (let slot = 0; slot < slots.used; slot += 1) arrivals = Math.max(arrivals, slots.arrivalOf(slot));

  return {
    fields,
    dictionary,
    postings,
    slots,
    put(document, { id, previous }) {
      const revision = revisionOf(document);
      const slot = slots.slotOf(id);
      if (slot !== undefined && isOlder(revision, slots.revisionOf(slot))) return false;
      if (
        slot !== undefined &&
        previous !== undefined &&
        fields.every((field) => sameText(document, previous, field))
      ) {
        slots.restamp(slot, revision);
        return true;
      }
      const { places, length } = placesOf(document, fields);
      if (slot === undefined) arrivals += 1;
      const arrival = slot === undefined ? arrivals : slots.arrivalOf(slot);
      const taken = slots.take({ id, length, arrival, revision });
      for (const [term, list] of places) {
        postings.append(dictionary.add(term), taken, { places: list, count: list.length });
      }
      return true;
    },
    remove(id, revision) {
      const slot = slots.slotOf(id);
      if (slot === undefined || isOlder(revision, slots.revisionOf(slot))) return false;
      slots.remove(id);
      return true;
    },
    isWorn: () => slots.used > 1_000 && slots.used > 2 * slots.documents,
    bytes: () => postings.bytes() + slots.bytes() + slots.used * BYTES_OF_ID + dictionary.terms.length * BYTES_OF_TERM,
  };
}

/** A text of some fifteen letters, its place in a list, and its entry in a map. */
const BYTES_OF_TERM = 80;
const BYTES_OF_ID = 90;

/** Number of writes and time of the last one, by what RxDB stores with a document. */
export function revisionOf({ _rev, _meta }: StoredDocument): Revision {
  return { height: Number.parseInt(_rev, 10) || 0, writtenAt: _meta.lwt };
}

/** True if a state is certainly the earlier one. Only where both say so: a clock may have been set back, and a document that was purged begins to count anew. */
export function isOlder(one: Revision, other: Revision): boolean {
  return one.height < other.height && one.writtenAt < other.writtenAt;
}

function sameText(one: object, other: object, field: string): boolean {
  const [text, before]: unknown[] = [Reflect.get(one, field), Reflect.get(other, field)];
  if (!Array.isArray(text) || !Array.isArray(before)) return text === before;
  return text.length === before.length && text.every((entry, at) => entry === before[at]);
}
