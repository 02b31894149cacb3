import { indexText } from '@datastores/core/search';

/** Where the terms of a document stand. */
export interface DocumentTerms {
  /** Places by term, ascending: see {@link placeAfter}. */
  readonly places: ReadonlyMap<string, readonly number[]>;
  /** Number of all its terms. */
  readonly length: number;
}

/**
 * Splits the texts of a document into terms. A place is the number of a term in the document, times the number of fields,
 * plus that of its field: so it tells the field, and what follows it in the same text. Between two texts one number is left
 * out, since no phrase reaches from one into the other.
 */
export function placesOf(document: object, fields: readonly string[]): DocumentTerms {
  const places = new Map<string, number[]>();
  let next = 0;
  let length = 0;
  const add = (term: string, field: number) => {
    const place = next * fields.length + field;
    next += 1;
    // A gap between two texts is a term of its own in the text that core makes; it takes its number and is not found.
    if (term === GAP) return;
    length += 1;
    const known = places.get(term);
    if (known === undefined) places.set(term, [place]);
    else known.push(place);
  };
  for (const [field, name] of fields.entries()) {
    const text = indexText(Reflect.get(document, name)).toLowerCase();
    let start = -1;
    for (let at = 0; at < text.length; at += 1) {
      const inTerm = isInTerm(text.charCodeAt(at));
      if (inTerm && start < 0) start = at;
      if (!inTerm && start >= 0) {
        add(text.slice(start, at), field);
        start = -1;
      }
    }
    if (start >= 0) add(text.slice(start), field);
    next += 1;
  }
  return { places, length };
}

/** The place of the term that stands so many terms further on in the same text. */
export function placeAfter(place: number, terms: number, fields: number): number {
  return place + terms * fields;
}

const GAP = '\ue000';

/** What core promises of the text it makes: anything else than ASCII letters and digits separates, nothing above ASCII does. */
function isInTerm(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code > 127;
}
