/** Numbers by which the tally of a datastore changes. */
export interface Tally {
  documents: number;
  tombstones: number;
}

/** The tally of a datastore among those of a write; a new one of nothing if it has none yet. */
export function tallyOf(tallies: Map<string, Tally>, datastore: string): Tally {
  const known = tallies.get(datastore);
  if (known !== undefined) return known;
  const tally: Tally = { documents: 0, tombstones: 0 };
  tallies.set(datastore, tally);
  return tally;
}
