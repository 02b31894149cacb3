/** How many records one request asks for: as many as declared, fewer where a service finds that too much. */
export interface Width {
  current(): number;
  /** So many were too much. False: it cannot be fewer. */
  tooMuch(): boolean;
  /** So many were answered. */
  fine(): void;
}

/** Halves what was too much, and afterwards comes near to the most that is taken, which is never tried twice. */
export function createWidth(declared: number): Width {
  let [current, ceiling] = [declared, declared];
  return {
    current: () => current,
    tooMuch() {
      if (current === 1) return false;
      ceiling = current - 1;
      current = Math.floor(current / 2);
      return true;
    },
    fine() {
      current = Math.ceil((current + ceiling) / 2);
    },
  };
}
