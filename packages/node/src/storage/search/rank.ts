import type { Clause, Phrase } from '@datastores/core/search';
import { allOf, expressionOf, inFirstField } from './expression.ts';
import type { Bounds, Matcher, Ranked } from './matcher.ts';

/** Up to so many matches are all ranked: for one word, and for several, of which each costs as much again. */
const RANKED = 2_000;
const RANKED_OF_SEVERAL = 1_000;
/** A word that more documents have is a frequent one. To tell how rare a word is, FTS5 reads all its places. */
const FREQUENT = 20_000;

/** Frequent words are looked for in the first field of so many documents, the newest. */
const FREQUENT_WITHIN = 30_000;

/**
 * The best matches, at most `wanted`, at least 1. The score is bm25 in which a word in the first field counts 8, in the
 * second 4, and so on; of equally good documents the one that arrived later comes first. It depends on nothing but what
 * is in the file.
 *
 * FTS5 finds quickly and scores slowly, a microsecond or two per match and word, so the work is bounded. If more
 * documents match than are ranked, the newest of those that have all words in the first field are; where these are too
 * few, the newest of the others follow. Frequent words must occur like others, but do not count for the score, and are
 * not completed.
 */
export function rank(matcher: Matcher, clauses: readonly Clause[], wanted: number): readonly Ranked[] {
  const last = matcher.last();
  const words = wordsOf(matcher, clauses, last);
  const all = allOf(words.map(({ expression }) => expression));
  const scoring = words.filter(({ frequent }) => !frequent).map(({ expression }) => expression);
  const most = Math.max(wanted, words.length === 1 ? RANKED : RANKED_OF_SEVERAL);

  const candidates = (where: (expression: string) => string, bounds: Bounds): readonly Ranked[] => {
    if (scoring.length === words.length) return matcher.scored(where(all), bounds);
    const rows = matcher.rows(where(all), bounds);
    if (scoring.length === 0) return rows.map((row) => ({ row, score: 0 }));
    return matcher.scores(where(allOf(scoring)), rows);
  };

  const newest = candidates((expression) => expression, { limit: most + 1, after: 0 });
  if (newest.length <= most || matcher.fields === 1) return best(newest, wanted);
  const after = scoring.length === words.length ? 0 : Math.max(0, last - FREQUENT_WITHIN);
  const first = best(candidates(inFirstField, { limit: most, after }), wanted);
  if (first.length === wanted) return first;
  const known = new Set(first.map(({ row }) => row));
  const others = best(newest, wanted).filter(({ row }) => !known.has(row));
  return above(first, others).slice(0, wanted);
}

interface Word {
  readonly expression: string;
  readonly frequent: boolean;
}

function wordsOf(matcher: Matcher, clauses: readonly Clause[], last: number): readonly Word[] {
  const isFrequent = last <= FREQUENT ? () => false : (expression: string) => matcher.estimate(expression) > FREQUENT;
  return clauses.map((clause) => {
    const whole = expressionOf(clause.map(({ terms }) => ({ terms, prefix: false })));
    if (isFrequent(whole)) return { expression: whole, frequent: true };
    return { expression: expressionOf(clause.map((phrase) => completed(matcher, phrase))), frequent: false };
  });
}

/** FTS5 gathers all places of a beginning before it gives the first; where only one word begins so, it need not. */
function completed(matcher: Matcher, phrase: Phrase): Phrase {
  if (!phrase.prefix) return phrase;
  const [term, another] = matcher.completions(phrase.terms.at(-1) ?? '');
  if (term === undefined || another !== undefined) return phrase;
  return { terms: [...phrase.terms.slice(0, -1), term], prefix: false };
}

/** The `wanted` best, the best first. Most rows are worse than what is there already, so this beats sorting them all. */
function best(rows: readonly Ranked[], wanted: number): readonly Ranked[] {
  const kept: Ranked[] = [];
  for (const one of rows) {
    const last = kept.at(-1);
    if (kept.length === wanted && last !== undefined && !isBetter(one, last)) continue;
    let at = kept.length;
    while (at > 0 && isBetter(one, kept[at - 1] as Ranked)) at -= 1;
    kept.splice(at, 0, one);
    if (kept.length > wanted) kept.pop();
  }
  return kept;
}

function isBetter(one: Ranked, other: Ranked): boolean {
  return one.score > other.score || (one.score === other.score && one.row > other.row);
}

/** Both lists as one, with scores that say so. */
function above(first: readonly Ranked[], others: readonly Ranked[]): readonly Ranked[] {
  const base = others[0]?.score ?? 0;
  return [...first.map(({ row, score }) => ({ row, score: score + base })), ...others];
}
