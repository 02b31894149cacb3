/** How often an idle stream of pokes says that it lives, in milliseconds. */
export const STREAM_PING_MS = 15_000;

/** After how long a silent one counts as dead, in milliseconds; more than twice as long, so that one lost ping is not an outage. */
export const STREAM_SILENCE_MS = 35_000;

/** A stream ends after this time, in milliseconds, and is opened again with a fresh token. */
export const STREAM_MAX_MS = 30 * 60_000;
