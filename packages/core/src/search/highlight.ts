import { indexedTerms } from './index-text.ts';
import { occurrences } from './match.ts';
import type { Clause } from './query.ts';

/** A part of a text that either matches the query or does not. Text, never markup: escape it where it is shown. */
export interface HighlightPiece {
  readonly text: string;
  readonly match: boolean;
}

/** What matches in one text of a document. */
export interface Highlight {
  readonly field: string;
  /** Position in the list, where the field is a list of texts. */
  readonly entry?: number;
  /** Where in the text the pieces begin: 0 unless the text is longer than asked for. */
  readonly start: number;
  /** One after the other they are the text, or the part of it with the most matches. */
  readonly pieces: readonly HighlightPiece[];
}

/** Longest excerpt of a text in characters, where nothing else is asked for. */
export const EXCERPT_LENGTH = 200;

/** The matches in the fields of a document, in the order of the fields; texts without a match are left out. */
export function highlightsOf(
  {
    clauses,
    fields,
    length,
  }: { readonly clauses: readonly Clause[]; readonly fields: readonly string[]; readonly length: number },
  document: object,
): readonly Highlight[] {
  return fields.flatMap((field) => {
    const value: unknown = Reflect.get(document, field);
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
    return entries.flatMap((text, entry) => {
      const ranges = typeof text === 'string' ? rangesIn(text, clauses) : [];
      if (typeof text !== 'string' || ranges.length === 0) return [];
      const excerpt = excerptOf(text, ranges, length);
      const pieces = piecesOf(text, ranges, excerpt);
      return [{ field, ...(Array.isArray(value) ? { entry } : {}), start: excerpt.start, pieces }];
    });
  });
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function rangesIn(text: string, clauses: readonly Clause[]): readonly Range[] {
  const terms = indexedTerms(text);
  const found = clauses.flatMap((clause) => clause.flatMap((phrase) => occurrences(phrase, terms)));
  found.sort((one, other) => one.start - other.start || other.end - one.end);
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of found) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/** The stretch of about `length` that holds the most matches, with some text before the first of them. */
function excerptOf(text: string, ranges: readonly Range[], length: number): Range {
  if (text.length <= length) return { start: 0, end: text.length };
  const best = densest(ranges, length);
  const free = Math.max(0, length - (best.end - best.start));
  const wanted = Math.max(0, Math.min(best.start - Math.floor(free / 3), text.length - length));
  const start = atWord(text, wanted, best.start);
  return { start, end: afterPair(text, start + length) };
}

/** The ranges that fit into `length` together and are most in number, the first of several. */
function densest(ranges: readonly Range[], length: number): Range {
  let [from, most] = [0, 0];
  let best: Range = { start: 0, end: 0 };
  for (const [at, { end }] of ranges.entries()) {
    while (from < at && end - (ranges[from]?.start ?? 0) > length) from += 1;
    if (at - from + 1 <= most) continue;
    most = at - from + 1;
    best = { start: ranges[from]?.start ?? 0, end };
  }
  return best;
}

/** The beginning of the next word, if there is one before the first match. */
function atWord(text: string, start: number, before: number): number {
  if (start === 0) return 0;
  const space = text.indexOf(' ', start);
  return space !== -1 && space < before ? space + 1 : afterPair(text, start);
}

/** The place itself, or the next one where it is inside a pair of surrogates: half of one is no text. */
function afterPair(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text[at] ?? '') ? at + 1 : Math.min(at, text.length);
}

function piecesOf(text: string, ranges: readonly Range[], excerpt: Range): readonly HighlightPiece[] {
  const pieces: HighlightPiece[] = [];
  let at = excerpt.start;
  const add = (end: number, match: boolean) => {
    const stop = Math.min(end, excerpt.end);
    if (stop > at) pieces.push({ text: text.slice(at, stop), match });
    at = Math.max(at, stop);
  };
  for (const { start, end } of ranges) {
    if (end <= excerpt.start) continue;
    add(start, false);
    add(end, true);
  }
  add(excerpt.end, false);
  return pieces;
}
