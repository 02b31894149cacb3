import { expect, test } from 'vitest';
import { failureLine, isOk, jsonLine, verdictTable } from './report.ts';
import { TARGETS, type Target } from './targets.ts';
import { judge } from './verdict.ts';
import { WORKLOADS } from './workloads.ts';

const RATIO: Target = { workload: 'w', figure: 'ratio', is: 'at least', bound: 0.5, meaning: 'rate' };
const P50: Target = {
  workload: 'w',
  figure: 'p50Ms',
  is: 'at most',
  bound: { times: 2, figure: 'controlP50Ms' },
  meaning: 'time',
};
const MEMORY: Target = { workload: 'w', figure: 'rssMiB', is: 'below', bound: 300, meaning: 'memory' };
const MANY: Target = { workload: 'w', figure: 'p99Ms', is: 'at most', bound: 50, meaning: 'p99', clients: { from: 3 } };

const run = (figures: Record<string, number>, clients = 0) => ({ workload: 'w', clients, figures });

test('each kind of bound is held exactly at its edge', () => {
  const met = (target: Target, figures: Record<string, number>) => judge(run(figures), [target])[0]?.met;

  expect(met(RATIO, { ratio: 0.5 })).toBe(true);
  expect(met(RATIO, { ratio: 0.499 })).toBe(false);
  expect(met(P50, { p50Ms: 2, controlP50Ms: 1 })).toBe(true);
  expect(met(P50, { p50Ms: 2.01, controlP50Ms: 1 })).toBe(false);
  expect(met(MEMORY, { rssMiB: 300 })).toBe(false);
  expect(met(MEMORY, { rssMiB: 299.9 })).toBe(true);
});

test('what was not measured is not met', () => {
  const verdicts = judge(run({ p50Ms: 1 }), [RATIO, P50]);

  expect(verdicts.map(({ met, measured, bound }) => ({ met, measured, bound }))).toEqual([
    { met: false, measured: null, bound: 0.5 },
    { met: false, measured: 1, bound: null },
  ]);
  expect(verdictTable(verdicts)).toContain('not measured');
});

test('a target of many replicas does not bind a pair', () => {
  expect(judge(run({ p99Ms: 1_000 }, 2), [MANY])).toEqual([]);
  expect(judge(run({ p99Ms: 1_000 }, 100), [MANY])[0]?.met).toBe(false);
});

test('a run is ok only if it has targets and meets every one', () => {
  expect(isOk(judge(run({ ratio: 1, rssMiB: 10 }), [RATIO, MEMORY]))).toBe(true);
  expect(isOk(judge(run({ ratio: 1, rssMiB: 400 }), [RATIO, MEMORY]))).toBe(false);
  expect(isOk([])).toBe(false);
});

test('the JSON line has ok and the figures, as short as they can be told apart', () => {
  const line = jsonLine('w', { ratio: 0.123456, docs: 100_000, docsPerSecond: 12_345.678, p50Ms: 0.0123456 }, []);

  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    workload: 'w',
    ok: false,
    ratio: 0.1235,
    docs: 100_000,
    docsPerSecond: 12_346,
    p50Ms: 0.01235,
  });
});

test('a run that broke off has a closing line too, with the reason', () => {
  expect(JSON.parse(failureLine('w', new Error('The process ended.\n    at line 1')))).toEqual({
    workload: 'w',
    ok: false,
    error: 'The process ended.',
  });
});

test('the table names each target, what was measured, and whether it was met', () => {
  const table = verdictTable(judge(run({ ratio: 0.75, p50Ms: 5, controlP50Ms: 1 }), [RATIO, P50]));

  expect(table).toMatch(/met +ratio +0\.75 +at least 0\.5 +rate/);
  expect(table).toMatch(/MISSED +p50Ms +5 +at most 2 \(2 × controlP50Ms\) +time/);
});

test('every workload has targets, and every target a workload', () => {
  const names = WORKLOADS.map(({ name }) => name);
  const targeted = new Set(TARGETS.map(({ workload }) => workload));

  expect(names.filter((name) => !targeted.has(name))).toEqual([]);
  expect([...targeted].filter((name) => !names.includes(name))).toEqual([]);
});
