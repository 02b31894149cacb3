import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOL_VERSION } from '@datastores/core/protocol';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const spec = readFileSync(join(root, 'packages/core/src/protocol/SPEC.md'), 'utf8');
const invariants = spec.split(/\n\n/).filter((paragraph) => /^\*\*[A-Z]\d+\.\*\*/.test(paragraph));

test('the specification is that of this version of the protocol', () => {
  expect(spec).toContain(`\nVersion ${PROTOCOL_VERSION}. `);
});

test('each invariant has a number of its own and says what enforces it', () => {
  const numbers = invariants.map((paragraph) => /^\*\*([A-Z]\d+)/.exec(paragraph)?.[1]);

  expect(numbers.length).toBeGreaterThan(20);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(invariants.filter((paragraph) => !/\nEnforcement: \S/.test(paragraph))).toEqual([]);
});

test('every test that the specification names exists', () => {
  const named = [...spec.matchAll(/\btest\/[\w/.-]+\.test\.ts/g)].map(([path]) => path);

  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
