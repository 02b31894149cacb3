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

/** Terms come sorted, so rows of the table that belong to a common beginning are computed once. */
function createDistance(wanted: readonly string[], most: number): (term: string) => number {
  const width = wanted.length + 1;
  const rows: number[][] = [Array.from({ length: width }, (_, at) => at)];
  let before: readonly string[] = [];
  /** From this many letters on, every term with the beginning of the last one is too far away. */
  let hopeless = Number.POSITIVE_INFINITY;
  return (term) => {
    const letters = [...term];
    let common = 0;
    while (common < before.length && before[common] === letters[common]) common += 1;
    before = letters;
    if (common >= hopeless) return most + 1;
    hopeless = Number.POSITIVE_INFINITY;
    if (Math.abs(letters.length - wanted.length) > most) {
      rows.length = Math.min(rows.length, common + 1);
      before = letters.slice(0, rows.length - 1);
      return most + 1;
    }
    rows.length = Math.min(rows.length, common + 1);
    for (let row = rows.length; row <= letters.length; row += 1) {
      const next = nextRow(rows, { letters, wanted, row });
      rows.push(next);
      if (Math.min(...next) > most) {
        hopeless = row;
        before = letters.slice(0, row);
        return most + 1;
      }
    }
    return rows[letters.length]?.[wanted.length] ?? most + 1;
  };
}

interface Place {
  readonly letters: readonly string[];
  readonly wanted: readonly string[];
  readonly row: number;
}

function nextRow(rows: readonly (readonly number[])[], { letters, wanted, row }: Place): number[] {
  const [above, twoAbove] = [rows[row - 1] as readonly number[], rows[row - 2]];
  const next = [row];
  for (let column = 1; column <= wanted.length; column += 1) {
    const same = letters[row - 1] === wanted[column - 1];
    let errors = Math.min(
      (above[column] as number) + 1,
      (next[column - 1] as number) + 1,
      (above[column - 1] as number) + (same ? 0 : 1),
    );
    const swapped = letters[row - 1] === wanted[column - 2] && letters[row - 2] === wanted[column - 1];
    if (swapped && twoAbove !== undefined) errors = Math.min(errors, (twoAbove[column - 2] as number) + 1);
    next.push(errors);
  }
  return next;
}
