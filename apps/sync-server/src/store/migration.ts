import { createHash } from 'node:crypto';
import { DatastoreError } from '@datastores/core';

/** One numbered step of a database schema. Never edited once released: a database remembers the checksum of each. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** A step that a database has taken, as it remembers it. */
export interface AppliedStep {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

/**
 * The steps that a database has still to take, in order. Throws STORE_UNAVAILABLE if a newer version of the server wrote
 * it, or if a step that it took is not the released one.
 */
export function dueSteps(steps: readonly Migration[], applied: readonly AppliedStep[]): readonly Migration[] {
  const newer = applied.find((row) => row.number > steps.length);
  if (newer !== undefined) {
    throw new DatastoreError(
      'STORE_UNAVAILABLE',
      `A newer version of the server wrote this store (step ${newer.number}: ${newer.name}).`,
      { remedy: 'Start that version or a later one; the store was not changed.' },
    );
  }
  const checksums = new Map(applied.map((row) => [row.number, row.checksum]));
  const other = steps.find((step) => (checksums.get(step.number) ?? checksumOf(step)) !== checksumOf(step));
  if (other !== undefined) throw otherHistory(other.number);
  return steps.filter((step) => !checksums.has(step.number));
}

/** By what a database knows that a step has not changed since it took it. */
export function checksumOf(step: Migration): string {
  return createHash('sha256').update(step.sql).digest('hex');
}

function otherHistory(number: number): DatastoreError {
  return new DatastoreError(
    'STORE_UNAVAILABLE',
    `Step ${number} of the schema of this store is not the released one.`,
    {
      remedy: 'Start the version of the server that made the store, or restore a backup; the store was not changed.',
    },
  );
}
