/** How long to wait between attempts. Times in milliseconds. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly capMs: number;
  /** A number in [0, 1), e.g. `Math.random`. An argument, so that simulations are repeatable. */
  readonly random: () => number;
}

/**
 * The delay before attempt `attempt` (0 = the first repeat): exponential, capped, with full jitter, so that a thousand
 * replicas that lost the server in the same moment do not come back in the same moment.
 * A `retryAfterMs` of the other side is a lower bound; the jitter is added to it.
 */
export function backoffDelay(attempt: number, options: BackoffOptions, retryAfterMs = 0): number {
  const ceiling = Math.min(options.capMs, options.firstMs * 2 ** Math.min(Math.max(0, attempt), 30));
  return Math.max(0, retryAfterMs) + Math.round(options.random() * ceiling);
}
