/**
 * When to exchange changes, on either hop (replica with server, server with an external system). Four values of one type,
 * freely combined on one binding; each says when, none says how.
 */
export type Strategy =
  /** Push at once; pull as soon as the other side says so, or every `pollMs` where it cannot say so. */
  | { readonly kind: 'real-time'; readonly pollMs: number }
  /** Push when `size` changes wait or `everyMs` have passed; pull every `everyMs`. Spares the other side. */
  | { readonly kind: 'batch'; readonly everyMs: number; readonly size: number }
  /** Compare everything at the times of a cron expression, in a time zone. */
  | { readonly kind: 'scheduled'; readonly cron: string; readonly timeZone: string }
  /** Pull when a webhook or a broker names a change; push at once. Never polls. */
  | { readonly kind: 'event-driven' };

/** Push at once, pull as soon as possible. `pollMs` matters only for a side that cannot say that something changed. */
export function realTime(options: { readonly pollMs?: number } = {}): Strategy {
  return { kind: 'real-time', pollMs: options.pollMs ?? 1_000 };
}

/** Collect changes and exchange them together. */
export function batch(options: { readonly everyMs: number; readonly size?: number }): Strategy {
  return { kind: 'batch', everyMs: options.everyMs, size: options.size ?? 500 };
}

/** A full comparison at the times of a cron expression, e.g. `0 3 * * *`. */
export function scheduled(cron: string, options: { readonly timeZone?: string } = {}): Strategy {
  return { kind: 'scheduled', cron, timeZone: options.timeZone ?? 'UTC' };
}

/** Only when the other side says that something changed. */
export function eventDriven(): Strategy {
  return { kind: 'event-driven' };
}
