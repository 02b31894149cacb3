import { expect, test } from 'vitest';
import { isOk, jsonLine } from './report.ts';
import { emptyTally, type Problem } from './tally.ts';

const loose = { strict: false };

test('a run is right only if no promise of any kind was broken', () => {
  expect(isOk(emptyTally(), loose)).toBe(true);
  for (const problem of Object.keys(emptyTally().problems) as Problem[]) {
    const tally = emptyTally();
    tally.problems[problem].push('something');
    expect(isOk(tally, loose), problem).toBe(false);
  }
});

test('each other figure can make a run wrong by itself', () => {
  expect(isOk({ ...emptyTally(), restored: 2, detected: 1 }, loose)).toBe(false);
  expect(isOk({ ...emptyTally(), afterRestart: [5_001] }, loose)).toBe(false);
  expect(isOk({ ...emptyTally(), afterRestart: [5_000] }, loose)).toBe(true);
  expect(isOk({ ...emptyTally(), afterHeal: [120_001] }, loose)).toBe(false);
  expect(isOk({ ...emptyTally(), broken: ['kills: no'] }, loose)).toBe(false);
  expect(isOk({ ...emptyTally(), controls: [{ name: 'a bug', shown: null }] }, loose)).toBe(false);
  expect(isOk({ ...emptyTally(), controls: [{ name: 'a bug', shown: 'corrupt' }] }, loose)).toBe(true);
});

test('what was skipped makes a run wrong only where nothing may be skipped', () => {
  const tally = { ...emptyTally(), skipped: ['disk-full: no'] };
  expect(isOk(tally, loose)).toBe(true);
  expect(isOk(tally, { strict: true })).toBe(false);
  expect(JSON.parse(jsonLine(tally, { seed: 1, seconds: 2, strict: true }))).toMatchObject({ ok: false, seed: 1 });
});
