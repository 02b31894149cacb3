/** What requests will cost, by what others of their kind did. */
export interface CostEstimate {
  /** In points; 0 where nothing is known. */
  of(kind: string, width: number): number;
  learn(kind: string, seen: Observation): void;
}

/** The cost of one request for so many records. */
export interface Observation {
  readonly width: number;
  readonly cost: number;
}

/**
 * The cost of a request is taken for a fixed part and one for each record. Before two sizes were seen it is rather guessed
 * too low: that costs a refusal, too high a wait for nothing.
 */
export function createCostEstimate(): CostEstimate {
  const seen = new Map<string, readonly [Observation, Observation?]>();
  return {
    of(kind, width) {
      const [last, other] = seen.get(kind) ?? [];
      if (!last) return 0;
      if (!other) return width < last.width ? (last.cost * width) / last.width : last.cost;
      const each = (last.cost - other.cost) / (last.width - other.width);
      return Math.max(0, last.cost + each * (width - last.width));
    },
    learn(kind, observed) {
      const [last, other] = seen.get(kind) ?? [];
      const kept = last && last.width !== observed.width ? last : other;
      seen.set(kind, kept && kept.width !== observed.width ? [observed, kept] : [observed]);
    },
  };
}
