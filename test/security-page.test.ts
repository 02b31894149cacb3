import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

test('each threat names a test, and every test that is named exists', () => {
  const rows =
    page
      .split('## Threats')[1]
      ?.split('\n')
      .filter((line) => line.startsWith('| ')) ?? [];
  const threats = rows.slice(2);
  expect(threats.length).toBeGreaterThan(20);
  for (const threat of threats) {
    const named = [...threat.matchAll(/`(test\/[\w/.-]+)`/g)].map(([, path]) => path ?? '');
    expect(named.length, threat).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  }
});
