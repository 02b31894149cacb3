/** What is known of an error code: where it comes from, what to do about it, and whether the same call may succeed later. */
export interface ErrorCode {
  /** Why this happens, in words a user of the library can act on. */
  readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
  /** True where repeating the same call unchanged may succeed. Retry logic reads this and nothing else. */
  readonly retryable: boolean;
}
