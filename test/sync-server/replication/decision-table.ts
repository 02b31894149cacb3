import { expect, test } from 'vitest';
import { type DecideInput, decide, type Verdict } from '../../../apps/sync-server/src/replication/decide.ts';
import { VERSION_5 } from './thing.ts';

/** One line of a table: a situation and what is decided. */
export interface Case {
  readonly when: string;
  readonly given: DecideInput;
  readonly verdict: object;
}

/** Nothing is written: what is stored at version 5 holds the change. */
export const settled = { kind: 'settled', version: VERSION_5 };

/** A new state is written, made from version `base`, and the replica is credited these amounts on counters. */
export function write(document: object | null, base: string | null, amounts: Readonly<Record<string, number>> = {}) {
  return { kind: 'write', document, base, amounts, decisions: [] };
}

/** The server's state stays. */
export function conflict(code: string) {
  return { kind: 'refuse', is: 'conflict', code };
}

/** The change is not allowed. */
export function rejected(code: string) {
  return { kind: 'refuse', is: 'rejected', code };
}

/** Runs a table. Documents and amounts must be exactly as told; of decisions, what is told must be there. */
export function decides(cases: readonly Case[]): void {
  test.each(cases)('$when', ({ given, verdict }) => {
    const decided = decide(given);
    expect(decided).toMatchObject(verdict);
    if (decided.kind !== 'write') return;
    const { base, edit } = given.change;
    const { document, amounts = {} } = verdict as Partial<Extract<Verdict, { kind: 'write' }>>;
    expect(decided).toEqual({ ...decided, document, amounts, credit: { base, edit, refused: false, amounts } });
  });
}
