import type { Clause, Phrase } from '@datastores/core/search';
import { placeAfter } from './places-of.ts';
import type { TextIndex } from './text-index.ts';

/** Which slots fulfil a clause, and how strongly. The arrays belong to the finder and are used again by its next call. */
export interface ClauseMatches {
  /** The first `count` are slots, each once, in no order. */
  readonly slots: Uint32Array;
  readonly count: number;
  /** Occurrences by slot, weighted by field. */
  readonly weights: Float64Array;
}

/** Finds the documents of a clause. The first field counts 8, the second 4, and so on. */
export function createClauseFinder(index: TextIndex): (clause: Clause) => ClauseMatches {
  let slots = new Uint32Array(0);
  let weights = new Float64Array(0);
  let count = 0;
  const amount = index.fields.length;
  const weightOf = Float64Array.from({ length: amount }, (_, field) => 2 ** (3 - field));

  const note = (slot: number, weight: number) => {
    const before = weights[slot] as number;
    if (before === 0) {
      slots[count] = slot;
      count += 1;
    }
    weights[slot] = before + weight;
  };
  const noteTerm = (slot: number, places: Uint32Array, places_count: number) => {
    if (index.slots.idOf(slot) === undefined) return;
    let weight = 0;
    for (let at = 0; at < places_count; at += 1) weight += weightOf[(places[at] as number) % amount] as number;
    note(slot, weight);
  };

  return (clause) => {
    for (let at = 0; at < count; at += 1) weights[slots[at] as number] = 0;
    count = 0;
    if (index.slots.used > slots.length) {
      const size = Math.ceil(index.slots.used * 1.2) + 64;
      slots = new Uint32Array(size);
      weights = new Float64Array(size);
    }
    for (const phrase of clause) {
      const numbers = numbersOf(index, phrase);
      if (numbers.length === 1) for (const term of numbers[0] ?? []) index.postings.read(term, noteTerm);
      else findPhrase(index, numbers, (slot, place) => note(slot, weightOf[place % amount] as number));
    }
    return { slots, count, weights };
  };
}

/** For each word of a phrase the terms that it may be: one, or all that begin so. */
function numbersOf({ dictionary }: TextIndex, { terms, prefix }: Phrase): readonly (readonly number[])[] {
  return terms.map((term, at) => {
    if (prefix && at === terms.length - 1) return dictionary.beginning(term);
    const number = dictionary.get(term);
    return number === undefined ? [] : [number];
  });
}

/** Begins with the rarest word, and keeps the places of it where the others stand around it. */
function findPhrase(
  index: TextIndex,
  words: readonly (readonly number[])[],
  found: (slot: number, place: number) => void,
): void {
  const fields = index.fields.length;
  const frequency = (numbers: readonly number[]) =>
    numbers.reduce((sum, number) => sum + index.postings.documents(number), 0);
  const order = words.map((numbers, at) => ({ numbers, at, documents: frequency(numbers) }));
  order.sort((one, other) => one.documents - other.documents);
  let starts: Map<number, Set<number>> | undefined;
  for (const { numbers, at } of order) {
    const next = new Map<number, Set<number>>();
    for (const number of numbers) {
      index.postings.read(number, (slot, places, count) => {
        const allowed = starts?.get(slot);
        if ((starts !== undefined && allowed === undefined) || index.slots.idOf(slot) === undefined) return;
        for (let nth = 0; nth < count; nth += 1) {
          const start = placeAfter(places[nth] as number, -at, fields);
          if (start < 0 || (starts !== undefined && allowed?.has(start) !== true)) continue;
          const kept = next.get(slot);
          if (kept === undefined) next.set(slot, new Set([start]));
          else kept.add(start);
        }
      });
    }
    starts = next;
    if (starts.size === 0) return;
  }
  for (const [slot, places] of starts ?? []) for (const place of places) found(slot, place);
}
