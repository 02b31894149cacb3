import { TERMS_VERSION } from '@datastores/core/search';
import type { IndexStore, Manifest, Part, PartKind } from './index-store.ts';
import { createSlices } from './slices.ts';
import { createTextIndex, type FrozenIndex, type TextIndex } from './text-index.ts';

/** Raise it when an index is stored in another way. */
const FORMAT = 1;

/** So many terms or ids in one part: a few milliseconds of work. */
const TEXTS = 4_096;
/** So many numbers: 512 KB at most. */
const NUMBERS = 65_536;
const PAGES = 8;
/** Parts that are read with one request: 2 MB at most. */
const READ_AT_ONCE = 4;

/** An index as it was stored, and up to which change it holds. */
export interface LoadedIndex {
  readonly index: TextIndex;
  readonly manifest: Manifest;
}

/** Reads the stored index of these fields, in slices; null if there is none that can be used. */
export async function loadIndex(store: IndexStore, fields: readonly string[]): Promise<LoadedIndex | null> {
  const manifest = await store.manifest();
  // A clock that was set back may give new changes a place before the checkpoint.
  if (manifest === null || manifest.signature !== signatureOf(fields) || manifest.savedAt > Date.now()) return null;
  const slices = createSlices();
  const read = async (kind: PartKind, take: (value: never) => void): Promise<boolean> => {
    for (let from = 0; from < manifest.parts[kind]; from += READ_AT_ONCE) {
      const to = Math.min(manifest.parts[kind], from + READ_AT_ONCE);
      const values = await store.parts(manifest.generation, kind, { from, to });
      // Another tab has stored a newer one in the meantime.
      if (values.length !== to - from) return false;
      for (const value of values) take(value as never);
      if (slices.due()) await slices.next();
    }
    return true;
  };
  const terms: string[] = [];
  const ids: (string | null)[] = [];
  const pages: Uint8Array[] = [];
  const order = appender(new Uint32Array(manifest.terms));
  const states = appender(new Uint32Array(manifest.parts.states * NUMBERS));
  const numbers = appender(new Float64Array(manifest.slots * 4));
  const whole =
    (await read('terms', (part: string[]) => terms.push(...part))) &&
    (await read('ids', (part: string[]) => ids.push(...part))) &&
    (await read('pages', (part: Uint8Array[]) => pages.push(...part))) &&
    (await read('order', order.add)) &&
    (await read('states', states.add)) &&
    (await read('numbers', numbers.add));
  if (!whole || terms.length !== manifest.terms || ids.length !== manifest.slots) return null;
  const index = createTextIndex(fields, {
    terms,
    order: order.array,
    postings: { pages, terms: states.array },
    slots: { ids, numbers: numbers.array },
  });
  for (let from = 0; from < terms.length; from += TEXTS) {
    index.dictionary.known(from, Math.min(terms.length, from + TEXTS));
    if (slices.due()) await slices.next();
  }
  for (let from = 0; from < ids.length; from += TEXTS) {
    index.slots.known(from, Math.min(ids.length, from + TEXTS));
    if (slices.due()) await slices.next();
  }
  return { index, manifest };
}

/** Stores an index as it is now, in slices; it can be written to meanwhile. Null if another tab has been faster. */
export async function saveIndex(store: IndexStore, index: TextIndex, checkpoint: unknown): Promise<Manifest | null> {
  const postings = index.postings.freeze();
  try {
    const order = index.dictionary.order();
    const frozen: FrozenIndex = {
      order,
      terms: index.dictionary.terms.slice(0, order.length),
      postings,
      slots: index.slots.freeze(),
    };
    const generation = globalThis.crypto.randomUUID();
    const slices = createSlices();
    const counts: Record<PartKind, number> = { terms: 0, order: 0, states: 0, pages: 0, ids: 0, numbers: 0 };
    for (const part of partsOf(frozen)) {
      counts[part.kind] += 1;
      await store.put(generation, [part]);
      if (slices.due()) await slices.next();
    }
    const manifest: Manifest = {
      generation,
      signature: signatureOf(index.fields),
      checkpoint,
      savedAt: Date.now(),
      terms: frozen.terms.length,
      slots: frozen.slots.ids.length,
      parts: counts,
    };
    return (await store.commit(manifest)) ? manifest : null;
  } finally {
    postings.release();
  }
}

function signatureOf(fields: readonly string[]): string {
  return JSON.stringify([fields, TERMS_VERSION, FORMAT]);
}

function* partsOf({ terms, order, postings, slots }: FrozenIndex): Generator<Part> {
  yield* cut('terms', terms, TEXTS);
  yield* cut('ids', slots.ids, TEXTS);
  yield* cut('pages', postings.pages, PAGES);
  yield* cut('order', order, NUMBERS);
  yield* cut('states', postings.terms, NUMBERS);
  yield* cut('numbers', slots.numbers, NUMBERS);
}

interface Sliceable {
  readonly length: number;
  slice(from: number, to: number): unknown;
}

function* cut(kind: PartKind, all: Sliceable, size: number): Generator<Part> {
  for (let from = 0; from < all.length; from += size) {
    yield { kind, number: from / size, value: all.slice(from, from + size) };
  }
}

function appender<A extends Uint32Array | Float64Array>(array: A) {
  let end = 0;
  return {
    array,
    add: (part: A) => {
      array.set(part.subarray(0, array.length - end), end);
      end += part.length;
    },
  };
}
