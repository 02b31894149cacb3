import type { Clause } from '@datastores/core/search';
import type { Table } from '../table.ts';
import { indexName } from './definition.ts';
import { allOf, expressionOf, inFirstField } from './expression.ts';

/** A row of the documents' table and how well it matches; higher is better. */
export interface Ranked {
  readonly row: number;
  readonly score: number;
}

/** Up to so many matches are all ranked. */
const RANKED = 2_000;
/** Of more matches, so many are. */
const CANDIDATES = 1_000;
/** Words in more documents than this do not count for the score: to tell how rare a word is, FTS5 reads all its places. */
const FREQUENT = 20_000;

/**
 * The best matches, at most `wanted`, at least 1. The score is bm25 in which a word in the first field counts 8, in the
 * second 4, and so on; of equally good documents the one that arrived later comes first.
 *
 * What FTS5 takes is the scoring, a microsecond or two per match and word, not the matching: so the number of documents
 * that are scored is bounded. If more than {@link RANKED} match, {@link CANDIDATES} are ranked: the newest of those that
 * have all words in the first field; where these are too few, the newest of the others follow.
 */
export function rank(
  table: Table,
  fields: number,
  { clauses, wanted }: { clauses: readonly Clause[]; wanted: number },
): readonly Ranked[] {
  const index = matcherOf(table, fields);
  const words = clauses.map((clause) => {
    const expression = expressionOf(clause);
    return { expression, matches: index.count(expression, FREQUENT + 1) };
  });
  const all = allOf(words.map((word) => word.expression));
  const rarest = Math.min(...words.map((word) => word.matches));
  if (rarest === 0) return [];
  const scoring = words.filter((word) => word.matches <= FREQUENT).map((word) => word.expression);
  const scores = scoring.length === words.length ? undefined : scoresOf(index, scoring);
  const best = (expression: string, most: number): readonly Ranked[] =>
    scores === undefined
      ? index.best(expression, most, wanted)
      : byScore(index.rows(expression, most), scores()).slice(0, wanted);

  const few = rarest <= RANKED || index.count(all, RANKED + 1) <= RANKED;
  if (few) return best(all, RANKED);
  const first = fields === 1 ? [] : best(inFirstField(all), CANDIDATES);
  if (first.length >= wanted) return first;
  const known = new Set(first.map(({ row }) => row));
  const others = best(all, CANDIDATES).filter(({ row }) => !known.has(row));
  return above(first, others).slice(0, wanted);
}

/** The index as the ranking asks it. All are bounded; rows come newest first. */
interface Matcher {
  readonly count: (expression: string, most: number) => number;
  readonly rows: (expression: string, most: number) => readonly number[];
  readonly best: (expression: string, most: number, wanted: number) => readonly Ranked[];
}

function matcherOf(table: Table, fields: number): Matcher {
  const { statements } = table;
  const name = indexName(table);
  const weights = Array.from({ length: fields }, (_, at) => 2 ** (3 - at));
  const matching = `FROM ${name} WHERE ${name} MATCH ? ORDER BY rowid DESC LIMIT ?`;
  // Not ORDER BY rank, with which FTS5 sorts all matches together with the places of their words.
  const best = `SELECT row, score FROM (SELECT rowid AS row, -bm25(${name}, ${weights.join(', ')}) AS score ${matching})
    ORDER BY score DESC, row DESC LIMIT ?`;
  return {
    count: (expression, most) =>
      statements.pluck<number>(`SELECT count(*) FROM (SELECT 1 ${matching})`).get(expression, most) ?? 0,
    rows: (expression, most) => statements.pluck<number>(`SELECT rowid ${matching}`).all(expression, most),
    best: (expression, most, wanted) => statements.prepare<Ranked>(best).all(expression, most, wanted),
  };
}

/** The scores by the words that are not frequent, of the newest documents that have them. */
function scoresOf(index: Matcher, scoring: readonly string[]): () => ReadonlyMap<number, number> {
  let scores: ReadonlyMap<number, number> | undefined;
  return () => {
    const ranked = scoring.length === 0 ? [] : index.best(allOf(scoring), RANKED, RANKED);
    scores ??= new Map(ranked.map(({ row, score }) => [row, score]));
    return scores;
  };
}

function byScore(rows: readonly number[], scores: ReadonlyMap<number, number>): Ranked[] {
  const ranked = rows.map((row) => ({ row, score: scores.get(row) ?? 0 }));
  return ranked.sort((one, other) => other.score - one.score || other.row - one.row);
}

/** Both lists as one, with scores that say so. */
function above(first: readonly Ranked[], others: readonly Ranked[]): readonly Ranked[] {
  const base = others[0]?.score ?? 0;
  return [...first.map(({ row, score }) => ({ row, score: score + base })), ...others];
}
