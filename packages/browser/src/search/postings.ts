/** Which documents hold a term, and where, for all terms of an index: compressed, in pages that grow by appending. */
export interface Postings {
  /**
   * Appends a document to the list of a term. Slots must not descend within a term.
   * @param places where the term stands, ascending; only the first `count` entries count
   */
  append(term: number, slot: number, places: Places): void;
  /** Calls `visit` with every document of a term, in the order of slots. The places are only valid during the call. */
  read(term: number, visit: (slot: number, places: Uint32Array, count: number) => void): void;
  /** How many documents were appended to the list of a term. */
  documents(term: number): number;
  /** Bytes in memory. */
  bytes(): number;
  /** The state at this moment, which later appends do not touch. `release` ends the copying on write. */
  freeze(): { readonly pages: readonly Uint8Array[]; readonly terms: Uint32Array; release(): void };
}

/** Places of one term in one document. */
export interface Places {
  readonly places: ArrayLike<number>;
  readonly count: number;
}

/** What {@link Postings.freeze} gave earlier. */
export interface FrozenPostings {
  readonly pages: readonly Uint8Array[];
  readonly terms: Uint32Array;
}

const PAGE_BITS = 16;
const PAGE = 1 << PAGE_BITS;
/** The list of a term is a chain of pieces, each longer than the one before: most terms stand in one document only. */
const PIECES = [12, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120] as const;
const LINK = 4;
/** Numbers kept for each term: first byte, next byte, end of the piece, its size, last slot, documents. */
const STATE = 6;

/** Empty postings, or those that were frozen earlier. */
export function createPostings(from?: FrozenPostings): Postings {
  const pages = from === undefined ? [] : [...from.pages];
  let terms = from?.terms ?? new Uint32Array(STATE * 1_024);
  /** Where the next piece begins. The first byte of all is not used, so that 0 can mean none. */
  let free = from === undefined ? 1 : pages.length * PAGE;
  let frozen: Set<number> | undefined;
  let buffer = new Uint32Array(64);

  function newPiece(level: number): number {
    const size = PIECES[level] as number;
    if ((free & (PAGE - 1)) + size > PAGE || free >> PAGE_BITS >= pages.length) {
      free = Math.max(1, pages.length * PAGE);
      pages.push(new Uint8Array(PAGE));
    }
    const start = free;
    free += size;
    return start;
  }

  function writable(at: number): Uint8Array {
    const number = at >> PAGE_BITS;
    if (frozen?.delete(number) === true) pages[number] = (pages[number] as Uint8Array).slice();
    return pages[number] as Uint8Array;
  }

  function put(state: number, byte: number): void {
    let at = terms[state + 1] as number;
    if (at === terms[state + 2]) {
      const level = Math.min((terms[state + 3] as number) + 1, PIECES.length - 1);
      const next = newPiece(level);
      const link = writable(at);
      const offset = at & (PAGE - 1);
      link[offset] = next & 0xff;
      link[offset + 1] = (next >>> 8) & 0xff;
      link[offset + 2] = (next >>> 16) & 0xff;
      link[offset + 3] = next >>> 24;
      terms[state + 2] = next + (PIECES[level] as number) - LINK;
      terms[state + 3] = level;
      at = next;
    }
    writable(at)[at & (PAGE - 1)] = byte;
    terms[state + 1] = at + 1;
  }

  function putNumber(state: number, value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      put(state, (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    put(state, rest);
  }

  return {
    append(term, slot, { places, count }) {
      const state = term * STATE;
      if (state + STATE > terms.length) terms = grown(terms, state + STATE);
      if (terms[state] === 0) {
        const start = newPiece(0);
        terms[state] = start;
        terms[state + 1] = start;
        terms[state + 2] = start + PIECES[0] - LINK;
      }
      putNumber(state, (slot - (terms[state + 4] as number)) * 2 + (count > 1 ? 1 : 0));
      if (count > 1) putNumber(state, count);
      let before = 0;
      for (let at = 0; at < count; at += 1) {
        const place = places[at] as number;
        putNumber(state, place - before);
        before = place;
      }
      terms[state + 4] = slot;
      terms[state + 5] = (terms[state + 5] as number) + 1;
    },
    read(term, visit) {
      const state = term * STATE;
      let left = terms[state + 5] ?? 0;
      if (left === 0) return;
      let level = 0;
      let at = terms[state] as number;
      let page = pages[at >> PAGE_BITS] as Uint8Array;
      let offset = at & (PAGE - 1);
      let end = offset + PIECES[0] - LINK;
      const number = () => {
        let value = 0;
        for (let shift = 0; ; shift += 7) {
          if (offset === end) {
            at =
              ((page[offset] as number) |
                ((page[offset + 1] as number) << 8) |
                ((page[offset + 2] as number) << 16) |
                ((page[offset + 3] as number) << 24)) >>>
              0;
            level = Math.min(level + 1, PIECES.length - 1);
            page = pages[at >> PAGE_BITS] as Uint8Array;
            offset = at & (PAGE - 1);
            end = offset + (PIECES[level] as number) - LINK;
          }
          const byte = page[offset] as number;
          offset += 1;
          value |= (byte & 0x7f) << shift;
          if (byte < 0x80) return value;
        }
      };
      let slot = 0;
      for (; left > 0; left -= 1) {
        const head = number();
        slot += head >>> 1;
        const count = (head & 1) === 0 ? 1 : number();
        if (count > buffer.length) buffer = new Uint32Array(count * 2);
        let place = 0;
        for (let nth = 0; nth < count; nth += 1) {
          place += number();
          buffer[nth] = place;
        }
        visit(slot, buffer, count);
      }
    },
    documents: (term) => terms[term * STATE + 5] ?? 0,
    bytes: () => pages.length * PAGE + terms.byteLength,
    freeze() {
      const kept = new Set(pages.keys());
      frozen = kept;
      return {
        pages: [...pages],
        terms: terms.slice(),
        release: () => {
          if (frozen === kept) frozen = undefined;
        },
      };
    },
  };
}

function grown(array: Uint32Array, least: number): Uint32Array {
  const next = new Uint32Array(Math.max(least, Math.ceil(array.length * 1.5)));
  next.set(array);
  return next;
}
