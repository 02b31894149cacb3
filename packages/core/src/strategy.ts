import { DatastoreError } from './errors.ts';

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

/**
 * Push at once, pull as soon as possible. `pollMs` (default 1,000) matters only for a side that cannot say that something
 * changed. Throws CONFIG_INVALID unless it is a whole number of milliseconds from 1.
 */
export function realTime(options: { readonly pollMs?: number } = {}): Strategy {
  return { kind: 'real-time', pollMs: wholeNumber('pollMs', options.pollMs ?? 1_000) };
}

/** Collect changes and exchange them together. `size` is 500 unless given. Throws CONFIG_INVALID below 1. */
export function batch(options: { readonly everyMs: number; readonly size?: number }): Strategy {
  const everyMs = wholeNumber('everyMs', options.everyMs);
  return { kind: 'batch', everyMs, size: wholeNumber('size', options.size ?? 500) };
}

/**
 * A full comparison at the times of a cron expression of five or six fields, e.g. `0 3 * * *`; the time zone is UTC
 * unless given. Throws CONFIG_INVALID for an expression of other length or an unknown time zone.
 */
export function scheduled(cron: string, options: { readonly timeZone?: string } = {}): Strategy {
  if (!/^\s*\S+(?:\s+\S+){4,5}\s*$/.test(cron)) {
    throw invalid(`"${cron}" is no cron expression of five or six fields.`, 'Write it like "0 3 * * *".');
  }
  const timeZone = options.timeZone ?? 'UTC';
  if (!isTimeZone(timeZone)) throw invalid(`"${timeZone}" is no time zone.`, 'Write it like "Europe/Berlin".');
  return { kind: 'scheduled', cron: cron.trim(), timeZone };
}

/** Only when the other side says that something changed. */
export function eventDriven(): Strategy {
  return { kind: 'event-driven' };
}

// A wait of zero or NaN would turn a strategy into a busy loop.
function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw invalid(`The ${name} of a strategy is ${value}.`, `Give ${name} as a whole number from 1.`);
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function invalid(message: string, remedy: string): DatastoreError {
  return new DatastoreError('CONFIG_INVALID', message, { remedy });
}
