import { isDatastoreError } from '@datastores/core';
import { toWireError } from '@datastores/core/protocol';
import type { ConformanceCheck } from './check.ts';

/** What became of a check. */
export interface CheckResult {
  readonly name: string;
  readonly trait: string;
  readonly is: 'passed' | 'failed' | 'not-applicable';
  /** Why it failed or does not apply; empty if it passed. */
  readonly detail: string;
  /** What to change; only where it failed. */
  readonly remedy?: string;
  /** Milliseconds. */
  readonly took: number;
}

/** Runs checks one after the other and tells each result at once. Never throws for a check that fails. */
export async function* runChecks(checks: readonly ConformanceCheck[]): AsyncGenerator<CheckResult> {
  for (const check of checks) yield await runOne(check);
}

async function runOne({ name, trait, notApplicable, run }: ConformanceCheck): Promise<CheckResult> {
  if (notApplicable !== null) return { name, trait, is: 'not-applicable', detail: notApplicable, took: 0 };
  const began = performance.now();
  const took = () => Math.round(performance.now() - began);
  try {
    await run();
    return { name, trait, is: 'passed', detail: '', took: took() };
  } catch (error) {
    const failed = { name, trait, is: 'failed', took: took() } as const;
    if (isDatastoreError(error)) return { ...failed, detail: toWireError(error).message, remedy: error.remedy };
    const detail = error instanceof Error ? error.message : String(error);
    return { ...failed, detail, remedy: 'Correct the place: open, or what it gives, failed.' };
  }
}
