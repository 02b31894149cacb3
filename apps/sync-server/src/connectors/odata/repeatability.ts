import { createHash } from 'node:crypto';

/** Headers by which a service knows the repeat of a create. */
export interface Repeatability {
  headers(writeId: string, now: number): Readonly<Record<string, string>>;
}

/**
 * Request ids are made from write ids, the same on every server. The time of the first try is remembered for the last
 * thousands of writes; after a restart a repeat says the time at which it is first seen again.
 */
export function createRepeatability(): Repeatability {
  const first = new Map<string, number>();
  return {
    headers(writeId, now) {
      const sent = first.get(writeId) ?? now;
      if (!first.has(writeId) && first.size >= MOST_REMEMBERED) first.delete(String(first.keys().next().value));
      first.set(writeId, sent);
      return { 'repeatability-request-id': uuidOf(writeId), 'repeatability-first-sent': new Date(sent).toUTCString() };
    },
  };
}

/** Services ask for a UUID, whatever a write id looks like. */
function uuidOf(writeId: string): string {
  if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(writeId)) return writeId.toLowerCase();
  const hex = createHash('sha256').update(`datastores ${writeId}`).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join('-');
}

const MOST_REMEMBERED = 10_000;
