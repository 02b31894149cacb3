/** What is said of a list of latencies, in the unit of the list. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

/** The middle of the values, or the mean of the two middle ones. Throws a RangeError where there are none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] as number;
  return Number.isInteger(middle) ? ((sorted[middle - 1] as number) + upper) / 2 : upper;
}

/**
 * The smallest value that at least `percent` of the values do not exceed (nearest rank, so it is one that was measured).
 * Throws a RangeError where there are none.
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = ascending(values);
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] as number;
}

/** Median and 99th percentile by nearest rank. */
export function spreadOf(values: readonly number[]): Spread {
  return { p50: percentile(values, 50), p99: percentile(values, 99) };
}

/** The median of one figure over several rounds. */
export function medianOf<T>(rounds: readonly T[], figure: (round: T) => number): number {
  return median(rounds.map(figure));
}

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('There is nothing measured to make a figure of.');
  return [...values].sort((a, b) => a - b);
}
