import { sameJson } from '@datastores/core/schema';
import type { ExternalRecord, Write } from '../connector.ts';

/** A write that was handed over and of which the other side has not shown yet what it made of it. */
export interface Pending {
  readonly id: number;
  readonly write: Write;
  /** When it was handed over, in milliseconds since 1970. */
  readonly at: number;
  /** Its number among all files read and written. */
  readonly entry: number;
  /** Number of the file that acknowledged it. */
  readonly accepted: number | null;
}

/** What the other side last said of a record, and in which file. */
export interface TheirWord {
  readonly theirs: ExternalRecord | null;
  readonly told: number;
}

/** A record as it will be once the other side has made a write. */
export function applyWrite(theirs: ExternalRecord | null, write: Write): ExternalRecord | null {
  if (write.op === 'create') return theirs ?? write.data;
  if (write.op === 'delete' || theirs === null) return null;
  if (write.op === 'update') return { ...theirs, ...write.patch };
  const sums = Object.entries(write.amounts).map(([field, amount]) => [field, numberOf(theirs[field]) + amount]);
  return { ...theirs, ...write.patch, ...Object.fromEntries(sums) };
}

/** True once the word of the other side counts for a write: it agrees, has acknowledged, or took longer than allowed. */
export function isSettled(pending: Pending, { theirs, told }: TheirWord, expired: boolean): boolean {
  const { write, entry, accepted } = pending;
  if (told <= entry) return false;
  if (accepted !== null && told > accepted) return true;
  switch (write.op) {
    case 'create':
      // A create that is not there yet waits: nothing else could tell it from one that was lost.
      return theirs !== null;
    case 'delete':
      return theirs === null || expired;
    case 'add':
      return true;
    case 'update':
      return theirs === null || expired || agrees(theirs, write.patch);
  }
}

function agrees(theirs: ExternalRecord, patch: ExternalRecord): boolean {
  return Object.entries(patch).every(([field, value]) => sameJson(theirs[field], value));
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
