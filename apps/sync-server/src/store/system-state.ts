/**
 * What is known of an external system as a whole; survives a restart, so that a server that restarts in the middle of an
 * outage does not hammer. `down` is tried again by itself, `action-required` waits for a person.
 */
export interface SystemState {
  readonly system: string;
  readonly state: 'unknown' | 'healthy' | 'down' | 'action-required';
  /** Since when, milliseconds since 1970. */
  readonly since: number;
  /** Failures in a row. */
  readonly failures: number;
  /** When it is tried again, milliseconds since 1970; 0 if nothing stops it. */
  readonly retryAt: number;
  readonly error: string | null;
  readonly lastSuccessAt: number | null;
}
