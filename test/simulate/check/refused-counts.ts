import type { RejectedChange } from '@datastores/core';
import type { LocalWrite } from './ledger.ts';

/** A change on the rejected list of a replica, with the text of its document. */
export type Refusal = Pick<RejectedChange, 'datastore' | 'id' | 'code'> & { readonly text: string };

/** What one replica made of one counted document. */
export interface Counting {
  /** Its counts that it was told of, or may have been, in their order. */
  readonly counts: readonly LocalWrite[];
  readonly refusals: readonly Refusal[];
  /** True if the server ever had this count in the document. */
  readonly had: (count: number) => boolean;
}

/**
 * The counts that a replica put on its rejected list because it lost the scope. Whether they count nobody can say: the
 * server may have taken them in a push whose answer was lost, and does not tell the replica of the document any more.
 * They are those that lead from a state of the server to the one that was refused; a count that is in no such state was
 * lost without a word.
 */
export function refusedCounts({ counts, refusals, had }: Counting): ReadonlySet<LocalWrite> {
  const refused = refusals.flatMap(({ code, text }) => {
    const count = (JSON.parse(text) as { readonly count?: number } | null)?.count;
    return code === 'FORBIDDEN' && count !== undefined ? lastCounts({ counts, count, had }) : [];
  });
  return new Set(refused);
}

/** The shortest run of counts that ends in this count and begins with one that the server had. */
function lastCounts({ counts, count, had }: Omit<Counting, 'refusals'> & { readonly count: number }) {
  for (let length = 1; length <= counts.length; length += 1) {
    for (let end = counts.length; end >= length; end -= 1) {
      const run = counts.slice(end - length, end);
      if (sumsOf(run).some((sum) => had(count + sum))) return run;
    }
  }
  return [];
}

/** Of what was under way in a crash, each may be part of the document or not. */
function sumsOf(run: readonly LocalWrite[]): readonly number[] {
  let sums: readonly number[] = [0];
  for (const { amount, state } of run) {
    const more = sums.map((sum) => sum + amount);
    sums = state === 'unsure' ? [...sums, ...more] : more;
  }
  return sums;
}
