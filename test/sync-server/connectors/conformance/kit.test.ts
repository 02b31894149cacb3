import { isDatastoreError } from '@datastores/core';
import { type CheckResult, checkConnector, runChecks } from '@datastores/sync-server/conformance';
import type { Traits } from '@datastores/sync-server/connector';
import { describe, expect, test } from 'vitest';
import { FAULTS } from './faults.ts';
import { memorySubject } from './memory-place.ts';

const STRONG: Traits = {
  order: 'commit',
  deletes: 'feed',
  creates: 'idempotent',
  guarded: true,
  adds: true,
  batch: { max: 20, fails: 'each' },
};
const WEAK: Traits = {
  order: 'time',
  overlapMs: 1_000,
  deletes: 'none',
  creates: 'findable',
  guarded: false,
  adds: false,
  batch: { max: 5, fails: 'all' },
};
const SILENT: Traits = { ...WEAK, order: 'none', creates: 'unsafe' };
delete (SILENT as { overlapMs?: number }).overlapMs;

async function resultsOf(traits: Traits): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for await (const result of runChecks(checkConnector(memorySubject(traits)))) results.push(result);
  return results;
}

describe('a right connector passes', () => {
  test.each(Object.entries({ STRONG, WEAK, SILENT }))('with the traits %s', async (...[, traits]) => {
    const results = await resultsOf(traits);
    expect(results.filter(({ is }) => is === 'failed')).toEqual([]);
    expect(results.filter(({ is }) => is === 'passed').length).toBeGreaterThan(20);
  });

  test('what does not apply says why', async () => {
    const results = await resultsOf(SILENT);
    const reasons = results.flatMap(({ is, trait, detail }) =>
      is === 'not-applicable' ? [`${trait}: ${detail}`] : [],
    );
    expect(reasons).toContain('order: order is none: the stream has no changes');
    expect(reasons).toContain('adds: adds is false: the engine reads, adds and guards');
    expect(reasons).toContain('creates: creates is unsafe');
  });
});

/** Each check once, with traits under which it applies. */
const CHECKS = new Map(
  [SILENT, WEAK, STRONG].flatMap((traits) =>
    checkConnector(memorySubject(traits))
      .filter(({ notApplicable }) => notApplicable === null)
      .map(({ name }) => [name, traits] as const),
  ),
);

describe('a connector that breaks one promise is found by its check', () => {
  test('there is a wrong connector for every check, and for no other', () => {
    expect(Object.keys(FAULTS).sort()).toEqual([...CHECKS.keys()].sort());
  });

  test.each([...CHECKS])('%s', async (name, traits) => {
    const check = checkConnector(memorySubject(traits, FAULTS[name])).find((one) => one.name === name);
    const thrown: unknown = await check?.run().then(
      () => 'nothing',
      (error: unknown) => error,
    );
    expect(isDatastoreError(thrown) && thrown.code, String(thrown)).toBe('CONNECTOR_DEVIATES');
    expect(String(thrown)).toMatch(/The stream claims that .+\. Seen: .+\./s);
    expect(isDatastoreError(thrown) && thrown.remedy).toMatch(/^[A-Z].+\.$/);
  });
});

test('a check that does not apply does nothing when it is run', async () => {
  const subject = { ...memorySubject(SILENT), open: () => Promise.reject(new Error('opened')) };
  const idle = checkConnector(subject).filter(({ notApplicable }) => notApplicable !== null);
  expect(idle.length).toBeGreaterThan(5);
  for (const { run } of idle) await run();
});

test('a place that cannot be opened is told as it is', async () => {
  const subject = { ...memorySubject(STRONG), open: () => Promise.reject(new Error('no database')) };
  const [first] = checkConnector(subject);
  const { value } = await runChecks(first ? [first] : []).next();
  expect(value).toMatchObject({ is: 'failed', detail: 'no database', remedy: expect.stringContaining('place') });
});

test('a deviation is told even if the place cannot be closed after it', async () => {
  const right = memorySubject(STRONG, FAULTS['get of no keys answers with no records']);
  const open = async (pageSize: number) => {
    const place = await right.open(pageSize);
    return { ...place, [Symbol.asyncDispose]: () => Promise.reject(new Error('cannot close')) };
  };
  const check = checkConnector({ ...right, open }).find(
    ({ name }) => name === 'get of no keys answers with no records',
  );
  await expect(check?.run()).rejects.toMatchObject({ code: 'CONNECTOR_DEVIATES' });
});
