/** A promise that was broken. */
export interface Violation {
  /** Which promise, in one word. */
  readonly kind: string;
  readonly detail: string;
}
