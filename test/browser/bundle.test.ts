import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sizeLimit from 'size-limit';
import { expect, test } from 'vitest';
import { bundleOf } from '../support/bundle.ts';
import { temporaryFolder } from '../support/folder.ts';

/** KiB after gzip that a page may have to load for `openDatastores` with storage, search and transport. */
const LIMIT_KIB = 135;

/** It comes without types. */
const MEASURES_FILES: string = '@size-limit/file';

test('what a page loads for openDatastores is small, and has nothing in it that does not belong there', async () => {
  using folder = temporaryFolder();
  const { code, modules } = await bundleOf('test/browser/pages/open-alone.ts');
  const file = join(folder.path, 'bundle.js');
  writeFileSync(file, code);
  const { default: plugin } = (await import(MEASURES_FILES)) as { readonly default: never };

  const measured = await sizeLimit([plugin], { checks: [{ files: [file], gzip: true }] });

  expect(Reflect.get(Object(Reflect.get(measured, 0)), 'size') / 1_024).toBeLessThan(LIMIT_KIB);
  const found = (pattern: RegExp) => modules.filter(({ id }) => pattern.test(id)).map(({ id }) => id);
  expect(found(/rxdb.*(?:dev-mode|leader-election|migration|local-documents|replication-protocol\/index)/)).toEqual([]);
  expect(found(/node_modules\/(?:ajv|croner|fast-uri|minisearch|react)\//)).toEqual([]);
  expect(found(/node_modules\/dexie\/.*(?:\.m?js)$/).length).toBeLessThanOrEqual(2);
  // A content security policy forbids programs that are made at run time.
  expect(code).not.toMatch(/new Function\(/);
});
