/** Repeatable randomness: the same seed gives the same values on every machine. */
export interface Random {
  /** At least 0, below 1. */
  fraction(): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** One entry of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
}

/** A generator started by a whole number (mulberry32: 32 bits of state, good enough for documents). */
export function createRandom(seed: number): Random {
  let state = scramble(seed);
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const integer = (low: number, high: number): number => low + Math.floor(fraction() * (high - low + 1));
  return { fraction, integer, pick: (list) => list[integer(0, list.length - 1)] as (typeof list)[number] };
}

/**
 * A whole number below 2^32 for another one: different for different numbers, and far apart for neighbours. Makes ids
 * that do not arrive in their order, and unrelated seeds for neighbouring documents.
 */
export function scramble(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
