/** A stretch of sorted terms. */
export interface TermRange {
  readonly from: number;
  readonly to: number;
  readonly at: (place: number) => string;
}

/** Most terms that a mistyped word is taken for. */
const MOST = 20;

/**
 * Terms that somebody may have meant: one insertion, omission, exchange or swap of neighbours away from four letters on, two
 * from eight letters on, with the same first letter. The nearest first. A word with a digit has none: a number that is
 * off by one is another number.
 */
export function similarTerms(wanted: string, { from, to, at }: TermRange): string[] {
  const letters = [...wanted];
  const most = errorsAllowed(letters);
  if (most === 0) return [];
  const found: { readonly term: string; readonly errors: number }[] = [];
  const distance = createDistance(letters, most);
  for (let place = from; place < to; place += 1) {
    const term = at(place);
    if (!term.startsWith(letters[0] as string)) break;
    const errors = distance(term);
    if (errors <= most && !DIGIT.test(term)) found.push({ term, errors });
  }
  found.sort((one, other) => one.errors - other.errors);
  const nearest = found[0]?.errors ?? 0;
  return found
    .filter(({ errors }) => errors === nearest)
    .slice(0, MOST)
    .map(({ term }) => term);
}

const DIGIT = /\p{N}/u;

function errorsAllowed(letters: readonly string[]): number {
  if (letters.length < 4 || letters.some((letter) => DIGIT.test(letter))) return 0;
  return letters.length < 8 ? 1 : 2;
}

/** Longest term that is compared; its rows fit into one piece of memory. */
const LONGEST = 64;

/** Terms come sorted, so rows of the table that belong to a common beginning are computed once. */
function createDistance(wanted: readonly string[], most: number): (term: string) => number {
  const width = wanted.length + 1;
  const rows = new Uint8Array((LONGEST + 1) * width);
  for (let at = 0; at < width; at += 1) rows[at] = at;
  let before: readonly string[] = [];
  /** So many rows are of the beginning of the last term. */
  let known = 1;
  /** From this many letters on, every term with the beginning of the last one is too far away. */
  let hopeless = Number.POSITIVE_INFINITY;
  return (term) => {
    const letters = [...term];
    let common = 0;
    while (common < before.length && before[common] === letters[common]) common += 1;
    if (common >= hopeless) return most + 1;
    known = Math.min(known, common + 1);
    before = letters;
    hopeless = Number.POSITIVE_INFINITY;
    if (letters.length > LONGEST || Math.abs(letters.length - wanted.length) > most) return most + 1;
    for (; known <= letters.length; known += 1) {
      if (fillRow(rows, { letters, wanted, row: known }) <= most) continue;
      known += 1;
      hopeless = known - 1;
      return most + 1;
    }
    return rows[letters.length * width + wanted.length] as number;
  };
}

interface Place {
  readonly letters: readonly string[];
  readonly wanted: readonly string[];
  readonly row: number;
}

/** Fills the row of a letter. Returns the least number of errors in it. */
function fillRow(rows: Uint8Array, { letters, wanted, row }: Place): number {
  const width = wanted.length + 1;
  const start = row * width;
  const above = start - width;
  const [letter, letterBefore] = [letters[row - 1], letters[row - 2]];
  let last = row;
  let least = row;
  rows[start] = row;
  for (let column = 1; column < width; column += 1) {
    const cost = letter === wanted[column - 1] ? 0 : 1;
    let errors = Math.min((rows[above + column] as number) + 1, last + 1, (rows[above + column - 1] as number) + cost);
    if (row > 1 && letter === wanted[column - 2] && letterBefore === wanted[column - 1]) {
      errors = Math.min(errors, (rows[above - width + column - 2] as number) + 1);
    }
    rows[start + column] = errors;
    last = errors;
    if (errors < least) least = errors;
  }
  return least;
}
