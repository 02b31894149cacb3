import { randomBytes } from 'node:crypto';

/** A new name for a history: random, short, and without a dot, since it is part of versions. */
export function newEpoch(): string {
  return randomBytes(6).toString('base64url');
}
