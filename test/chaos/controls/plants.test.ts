import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SCENARIOS } from '../scenarios.ts';
import { CONTROLS } from './controls.ts';
import { CHAOS_PLANTS } from './plants.ts';

const planted = CONTROLS.map((control) => ({ ...control, ...CHAOS_PLANTS.find(({ name }) => name === control.plant) }));

test('every scenario has a bug that it must find', () => {
  expect([...new Set(CONTROLS.map(({ scenario }) => scenario))].sort()).toEqual(
    SCENARIOS.map(({ name }) => name).sort(),
  );
});

test.each(planted)('the plant $plant fits the code that it changes', ({ file, find, replace }) => {
  const source = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  expect(source.split(find as string)).toHaveLength(2);
  expect(replace).not.toBe(find);
});
