import type { Position } from './checkpoint.ts';

/**
 * The version of a document on the server: where and in which commit it was last written. Unique for ever, so a content
 * that comes back (A, B, A) is still a new version and counters are never counted against the wrong base.
 */
export function formatVersion(position: Position): string {
  return `${position.epoch}.${position.seq}.${position.tag}`;
}

/** The parts of a version, or null for a text that is none. Only what {@link formatVersion} writes is read. */
export function parseVersion(version: string): Position | null {
  const [, epoch, seq, tag] = VERSION.exec(version) ?? [];
  if (epoch === undefined || seq === undefined || tag === undefined) return null;
  const number = Number(seq);
  return Number.isSafeInteger(number) ? { epoch, seq: number, tag } : null;
}

const VERSION = /^([\w-]{1,64})\.(0|[1-9]\d{0,15})\.([\w-]{0,64})$/;
