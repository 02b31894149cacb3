import { indexedTerms, textsOf } from './index-text.ts';
import type { Clause, Phrase } from './query.ts';
import type { Term } from './terms.ts';

/** Whether a document fulfils all clauses, by the same rules as an index. A query without words matches nothing. */
export function matchesDocument(clauses: readonly Clause[], fields: readonly string[], document: object): boolean {
  if (clauses.length === 0) return false;
  const texts = fields.flatMap((field) => textsOf(Reflect.get(document, field))).map(indexedTerms);
  return clauses.every((clause) => clause.some((phrase) => texts.some((terms) => occursIn(phrase, terms))));
}

/** Where a phrase occurs in the terms of a text: the ranges of the text that it covers. */
export function occurrences(
  phrase: Phrase,
  terms: readonly Term[],
): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (let at = 0; at + phrase.terms.length <= terms.length; at += 1) {
    if (!occursAt(phrase, terms, at)) continue;
    const last = terms[at + phrase.terms.length - 1] as Term;
    found.push({ start: (terms[at] as Term).start, end: phrase.prefix ? (last.firstEnd ?? last.end) : last.end });
  }
  return found;
}

function occursIn(phrase: Phrase, terms: readonly Term[]): boolean {
  for (let at = 0; at + phrase.terms.length <= terms.length; at += 1) {
    if (occursAt(phrase, terms, at)) return true;
  }
  return false;
}

function occursAt({ terms: wanted, prefix }: Phrase, terms: readonly Term[], at: number): boolean {
  const last = wanted.length - 1;
  for (let step = 0; step <= last; step += 1) {
    const text = terms[at + step]?.text ?? '';
    const word = wanted[step] as string;
    if (prefix && step === last ? !text.startsWith(word) : text !== word) return false;
  }
  return true;
}
