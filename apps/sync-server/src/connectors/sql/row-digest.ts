import { createHash } from 'node:crypto';
import type { ChildShape, Shape } from './shape.ts';

/** A sum of digests of rows; null: one of them could not be computed. */
export type Digest = bigint | null;

/** The digest of nothing. */
export const NO_RECORDS: Digest = 0n;

/** Adds what the database gave: a whole number of any size or sign, and how many rows it left out. */
export function addDigest(digest: Digest, sum: unknown, without: unknown): Digest {
  if (digest === null || Number(without ?? 0) > 0) return null;
  return sum === null || sum === undefined ? digest : BigInt.asUintN(64, digest + BigInt(String(sum)));
}

/** A digest as a connector gives it. */
export function digestText(digest: Digest): string | null {
  return digest === null ? null : digest.toString(16).padStart(16, '0');
}

/**
 * What is digested with each row beside its values: it stands for the function and for the names of the columns, so that
 * columns that change their names change all digests.
 */
export function seedOf({ columns }: Pick<Shape | ChildShape, 'columns'>, field: string): string {
  const names = JSON.stringify([FUNCTION, field, columns.map(({ column, name }) => [column, name])]);
  return createHash('sha256').update(names).digest('hex').slice(0, 8);
}

/** Raised when rows are digested in another way. */
const FUNCTION = 1;
