import type { Table } from '../table.ts';
import { indexName } from './definition.ts';

/** A row of the documents' table and how well it matches; higher is better. */
export interface Ranked {
  readonly row: number;
  readonly score: number;
}

/** Which matches are asked for: at most `limit` in rows above `after`. */
export interface Bounds {
  readonly limit: number;
  readonly after: number;
}

/** The index of a table as the ranking asks it. Lists are in the order of arrival, the newest first. */
export interface Matcher {
  /** Number of fields. */
  readonly fields: number;
  /** Matches of an expression with their scores. */
  readonly scored: (expression: string, bounds: Bounds) => readonly Ranked[];
  /** The scores of some rows, all of which match. */
  readonly scores: (expression: string, rows: readonly number[]) => readonly Ranked[];
  /** Matches of an expression, at a tenth of the price. */
  readonly rows: (expression: string, bounds: Bounds) => readonly number[];
  /** The terms that begin so, at most two of them. */
  readonly completions: (beginning: string) => readonly string[];
  /** The row of the newest document. There are about as many documents. */
  readonly last: () => number;
  /** About how many documents match an expression. */
  readonly estimate: (expression: string) => number;
}

/** So many neighbouring rows are looked at for an estimate. */
const SAMPLE = 2_048;

/** Prepares the statements on the index of a table, which must exist. */
export function createMatcher({ database, docs, id }: Table, fields: number): Matcher {
  const name = indexName({ id });
  const weights = Array.from({ length: fields }, (_, at) => 2 ** (3 - at)).join(', ');
  const matching = `FROM ${name} WHERE ${name} MATCH ?`;
  const newest = `${matching} AND rowid > ? ORDER BY rowid DESC LIMIT ?`;
  // One row of two lists: a call into JavaScript for each match would cost as much as scoring it.
  const lists = (matches: string) =>
    `SELECT json_group_array(row) AS rows, json_group_array(score) AS scores
    FROM (SELECT rowid AS row, -bm25(${name}, ${weights}) AS score ${matches})`;
  const scored = database.prepare<[string, number, number], Lists>(lists(newest));
  // The + keeps FTS5 from looking each row up on its own, which costs more than passing over the other matches.
  const among = `${matching} AND +rowid IN (SELECT value FROM json_each(?)) LIMIT -1`;
  const scores = database.prepare<[string, string], Lists>(lists(among));
  const rows = database.prepare<[string, number, number], number>(`SELECT rowid ${newest}`).pluck();
  database.exec(`CREATE VIRTUAL TABLE IF NOT EXISTS temp.${name}_terms USING fts5vocab(main, ${name}, instance)`);
  const termFrom = database.prepare<[string], string>(`SELECT term FROM ${name}_terms WHERE term >= ? LIMIT 1`).pluck();
  const lastRow = database.prepare<[], number>(`SELECT ifnull(max(row), 0) FROM ${docs}`).pluck();
  const sample = database
    .prepare<[string, number, number], number>(`SELECT count(*) ${matching} AND rowid > ? AND rowid <= ?`)
    .pluck();
  const last = () => lastRow.get() ?? 0;
  return {
    fields,
    scored: (expression, { after, limit }) => unpacked(scored.get(expression, after, limit)),
    scores: (expression, among) => unpacked(scores.get(expression, JSON.stringify(among))),
    rows: (expression, { after, limit }) => rows.all(expression, after, limit),
    completions(beginning) {
      const found: string[] = [];
      for (let term = termFrom.get(beginning); found.length < 2 && term?.startsWith(beginning); ) {
        found.push(term);
        // No term has a character below "0", so what follows a term is not below this. To ask for what is above it
        // would pass over all its places.
        term = termFrom.get(`${term}0`);
      }
      return found;
    },
    last,
    estimate(expression) {
      const end = last();
      const start = Math.max(0, end - SAMPLE);
      return end === 0 ? 0 : ((sample.get(expression, start, end) ?? 0) * end) / (end - start);
    },
  };
}

interface Lists {
  readonly rows: string;
  readonly scores: string;
}

function unpacked(lists: Lists | undefined): readonly Ranked[] {
  if (lists === undefined) return [];
  const scores: readonly number[] = JSON.parse(lists.scores);
  return JSON.parse(lists.rows).map((row: number, at: number) => ({ row, score: scores[at] ?? 0 }));
}
