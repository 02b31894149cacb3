import type { Clause } from '@datastores/core/search';
import { createClauseFinder } from './find-clause.ts';
import type { TextIndex } from './text-index.ts';

/** Documents in order, the best first. */
export interface Ranking {
  readonly best: readonly RankedDocument[];
  /** Set where no document has some word, and similar words were looked for instead: the clauses with these. */
  readonly similar?: readonly Clause[];
}

/** One match. */
export interface RankedDocument {
  readonly id: string;
  readonly score: number;
}

/** The parameters of BM25 that everybody takes. */
const K1 = 1.2;
const B = 0.75;

/**
 * Ranks the documents that fulfil all clauses by BM25, of equal ones the one that arrived later first, and returns at most
 * `wanted`. Where no document fulfils a clause by itself, its words are taken for mistyped ones.
 */
export function createRanker(index: TextIndex): (clauses: readonly Clause[], wanted: number) => Ranking {
  const find = createClauseFinder(index);
  let scores = new Float64Array(0);

  function all(clauses: readonly Clause[]): { readonly slots: Uint32Array; readonly unknown: readonly number[] } {
    if (index.slots.used > scores.length) scores = new Float64Array(Math.ceil(index.slots.used * 1.2) + 64);
    let slots: Uint32Array | undefined;
    const unknown: number[] = [];
    const average = index.slots.terms / Math.max(1, index.slots.documents);
    for (const [at, clause] of clauses.entries()) {
      const matches = find(clause);
      if (matches.count === 0) unknown.push(at);
      const total = index.slots.documents;
      const rarity = Math.max(1e-6, Math.log((total - matches.count + 0.5) / (matches.count + 0.5)));
      const kept = slots === undefined ? matches.slots.slice(0, matches.count) : slots;
      let amount = 0;
      for (const slot of kept) {
        const weight = matches.weights[slot] as number;
        if (weight === 0) continue;
        const length = index.slots.lengthOf(slot);
        const score = (rarity * weight * (K1 + 1)) / (weight + K1 * (1 - B + (B * length) / average));
        scores[slot] = slots === undefined ? score : (scores[slot] as number) + score;
        kept[amount] = slot;
        amount += 1;
      }
      slots = kept.subarray(0, amount);
    }
    return { slots: slots ?? new Uint32Array(0), unknown };
  }

  return (clauses, wanted) => {
    const exact = all(clauses);
    if (exact.unknown.length === 0) return { best: best(index, exact.slots, { wanted, scores }) };
    const others = clauses.map((clause, at) => (exact.unknown.includes(at) ? similarTo(index, clause) : clause));
    if (others.some((clause) => clause.length === 0)) return { best: [] };
    return { best: best(index, all(others).slots, { wanted, scores }), similar: others };
  };
}

/** The clause with other words in place of those that no document has; empty where there are none. */
function similarTo({ dictionary }: TextIndex, clause: Clause): Clause {
  return clause.flatMap(({ terms }) => {
    const [term] = terms;
    if (terms.length !== 1 || term === undefined) return [];
    return dictionary.similar(term).map((similar) => ({ terms: [similar], prefix: false }));
  });
}

/** The `wanted` best. Most are worse than what is there already, so this beats sorting them all. */
function best(
  { slots }: TextIndex,
  found: Uint32Array,
  { wanted, scores }: { readonly wanted: number; readonly scores: Float64Array },
): readonly RankedDocument[] {
  const isBetter = (one: number, other: number) => {
    const difference = (scores[one] as number) - (scores[other] as number);
    return difference > 0 || (difference === 0 && slots.arrivalOf(one) > slots.arrivalOf(other));
  };
  const kept: number[] = [];
  for (const slot of found) {
    const last = kept.at(-1);
    if (kept.length === wanted && last !== undefined && !isBetter(slot, last)) continue;
    let [low, high] = [0, kept.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBetter(slot, kept[middle] as number)) high = middle;
      else low = middle + 1;
    }
    kept.splice(low, 0, slot);
    if (kept.length > wanted) kept.pop();
  }
  return kept.map((slot) => ({ id: slots.idOf(slot) as string, score: scores[slot] as number }));
}
