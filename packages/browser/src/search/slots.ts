/** What an index knows of a state of a document besides its terms. */
export interface SlotContent {
  readonly id: string;
  /** Number of terms. */
  readonly length: number;
  /** The higher, the later the document came to this replica. */
  readonly arrival: number;
  readonly revision: Revision;
}

/** Which state of a document it is. */
export interface Revision {
  /** How often it was written. */
  readonly height: number;
  /** Milliseconds since 1970. */
  readonly writtenAt: number;
}

/** The numbers that postings know documents by. A changed document gets a new number; the old one stays empty. */
export interface Slots {
  /** Slots given so far, empty ones too. */
  readonly used: number;
  /** Documents in the index. */
  readonly documents: number;
  /** Terms of all of them. */
  readonly terms: number;
  slotOf(id: string): number | undefined;
  /** Id of the document in a slot; undefined for an empty one. */
  idOf(slot: number): string | undefined;
  lengthOf(slot: number): number;
  arrivalOf(slot: number): number;
  revisionOf(slot: number): Revision;
  /** Gives the next slot to a document, and empties the one that it had. */
  take(content: SlotContent): number;
  /** Notes that a document was written without a change of its texts. */
  restamp(slot: number, revision: Revision): void;
  remove(id: string): void;
  freeze(): FrozenSlots;
  /** Takes slots that it was created with into use, from `from` to below `to`. */
  known(from: number, to: number): void;
  bytes(): number;
}

/** Slots at one moment; `numbers` has four for each slot: terms, arrival, height, time of the write. */
export interface FrozenSlots {
  readonly ids: readonly (string | null)[];
  readonly numbers: Float64Array;
}

const NUMBERS = 4;

/** No slots, or those that were frozen earlier and are still to be made known. */
export function createSlots(from: FrozenSlots = { ids: [], numbers: new Float64Array(0) }): Slots {
  const ids = [...from.ids];
  let numbers = from.numbers;
  const slots = new Map<string, number>();
  let terms = 0;

  function empty(slot: number): void {
    terms -= numbers[slot * NUMBERS] as number;
    ids[slot] = null;
  }

  return {
    get used() {
      return ids.length;
    },
    get documents() {
      return slots.size;
    },
    get terms() {
      return terms;
    },
    slotOf: (id) => slots.get(id),
    idOf: (slot) => ids[slot] ?? undefined,
    lengthOf: (slot) => numbers[slot * NUMBERS] ?? 0,
    arrivalOf: (slot) => numbers[slot * NUMBERS + 1] ?? 0,
    revisionOf: (slot) => ({
      height: numbers[slot * NUMBERS + 2] ?? 0,
      writtenAt: numbers[slot * NUMBERS + 3] ?? 0,
    }),
    take({ id, length, arrival, revision }) {
      const before = slots.get(id);
      if (before !== undefined) empty(before);
      const slot = ids.length;
      ids.push(id);
      if ((slot + 1) * NUMBERS > numbers.length) {
        const more = new Float64Array(Math.ceil((slot + 256) * NUMBERS * 1.5));
        more.set(numbers);
        numbers = more;
      }
      numbers.set([length, arrival, revision.height, revision.writtenAt], slot * NUMBERS);
      slots.set(id, slot);
      terms += length;
      return slot;
    },
    restamp: (slot, { height, writtenAt }) => {
      numbers.set([height, writtenAt], slot * NUMBERS + 2);
    },
    remove(id) {
      const slot = slots.get(id);
      if (slot === undefined) return;
      empty(slot);
      slots.delete(id);
    },
    freeze: () => ({ ids: [...ids], numbers: numbers.slice(0, ids.length * NUMBERS) }),
    known(from, to) {
      for (let slot = from; slot < to; slot += 1) {
        const id = ids[slot] ?? null;
        if (id === null) continue;
        slots.set(id, slot);
        terms += numbers[slot * NUMBERS] as number;
      }
    },
    bytes: () => numbers.byteLength,
  };
}
