import { createHash } from 'node:crypto';
import type { Write } from '../connector.ts';

/**
 * Headers by which a service knows the repeat of a create (OASIS Repeatable Requests 1.0): the same id and the same time of
 * the first try with every repeat, also by another process.
 */
export function repeatabilityHeaders(write: Write, now: number): Readonly<Record<string, string>> {
  return {
    'repeatability-request-id': uuidOf(write.id),
    'repeatability-first-sent': new Date(write.firstSentAt ?? now).toUTCString(),
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
