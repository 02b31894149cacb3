import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '@datastores/core';
import { expect, test } from 'vitest';

const page = join(import.meta.dirname, '..', 'docs', 'errors.md');

function generated(): string {
  const entries = Object.entries(ERROR_CODES).flatMap(([code, { cause, remedy, retryable }]) => [
    '',
    `## ${code}`,
    '',
    `${cause} ${remedy}`,
    ...(retryable ? ['', 'Retryable: the same call may succeed later.'] : []),
  ]);
  return [
    '# Errors',
    '',
    'Every error is a `DatastoreError` with one of these codes. `message` says what happened in particular, `remedy` what to',
    'do, `details` holds particulars for programs. Codes are stable, texts may improve. Repeat a call only if `retryable` is',
    'true, and not before `retryAfterMs` where it is given.',
    '',
    'This page is written from the table in `packages/core/src/error-codes.ts` by',
    '`UPDATE_DOCS=1 npx vitest run test/errors-page.test.ts`.',
    ...entries,
    '',
  ].join('\n');
}

test('docs/errors.md is written from the table of codes', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, generated());

  expect(readFileSync(page, 'utf8'), 'Run UPDATE_DOCS=1 npx vitest run test/errors-page.test.ts').toBe(generated());
});

test('each code says cause and remedy in whole sentences', () => {
  for (const [code, { cause, remedy }] of Object.entries(ERROR_CODES)) {
    expect(`${code} ${cause}`).toMatch(/^[A-Z_]+ [A-Z].+\.$/);
    expect(`${code} ${remedy}`).toMatch(/^[A-Z_]+ [A-Z].+\.$/);
  }
});
