import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { createTerminal } from './terminal.ts';

/** Runs `datastores check-connector` in a folder and says what it printed. */
function checking(folder: string, file: string) {
  return createTerminal({ folder }).run('check-connector', file);
}

/** A subject whose place cannot be opened: what does not apply is listed, everything else fails. */
const BROKEN = `export const subject = {
  traits: { order: 'none', deletes: 'none', creates: 'unsafe', guarded: false, adds: false, batch: { max: 5, fails: 'each' } },
  transactions: false,
  open: async () => { throw new Error('no such database'); },
};`;

test('a subject is checked line by line, and the last line is JSON', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'place.ts'), BROKEN);
  const { code, out } = await checking(folder.path, './place.ts');
  const lines = out.trimEnd().split('\n');
  const last = JSON.parse(lines.at(-1) ?? '') as { failed: number; notApplicable: number; failures: object[] };
  expect(code).toBe(1);
  expect(last).toMatchObject({ ok: false, passed: 0 });
  expect(last.notApplicable).toBeGreaterThan(10);
  expect(last.failures[0]).toMatchObject({ trait: 'traits', detail: 'no such database' });
  expect(lines.filter((line) => line.startsWith('FAIL'))).toHaveLength(last.failed);
  expect(out).toContain('-     adds      adds are differences');
  expect(out).toContain('adds is false');
});

test('a subject that keeps what it claims ends well', async () => {
  const { code, out } = await checking(join(import.meta.dirname, '../../..'), 'examples/connector/place.ts');
  expect(out).not.toContain('FAIL');
  expect(code).toBe(0);
  expect(JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ ok: true, failed: 0, failures: [] });
});

test.each([
  ['a file that is not there', 'none.ts', null, 'There is no file'],
  ['a file that cannot be loaded', 'bad.ts', 'export const = 1;', 'cannot be loaded'],
  ['a file without a subject', 'empty.ts', 'export const place = 1;', 'exports no subject'],
])('%s is named with what to do', async (...[, file, text, words]) => {
  using folder = temporaryFolder();
  if (text !== null) writeFileSync(join(folder.path, file), text);
  const { code, err } = await checking(folder.path, file);
  expect(code).toBe(1);
  expect(err).toContain(words);
  expect(err).toContain('writing-a-connector.md');
});
