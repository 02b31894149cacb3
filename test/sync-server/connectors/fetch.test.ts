import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../../apps/sync-server/src/connectors', import.meta.url));
/** `fetch` as a name of its own: not a property, not a type, not a word in a comment. */
const BARE_FETCH = /(?<![.\w'`])fetch\s*\(|globalThis\.fetch\s*\(|from 'node:https?'|from 'undici'/;

/** Makes the context that a checked connector gets, as the engine makes its own. */
const MAKES_CONTEXTS = join('conformance', 'context.ts');

test('connectors reach the network over HTTP by the fetch of their context alone', async () => {
  const files = (await readdir(folder, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && file !== MAKES_CONTEXTS,
  );
  expect(files.length).toBeGreaterThan(20);
  const guilty: string[] = [];
  for (const file of files) {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
    const code = lines.filter((line) => !/^\s*(\/?\*|\/\/)/.test(line));
    if (code.some((line) => BARE_FETCH.test(line))) guilty.push(file);
  }
  expect(guilty).toEqual([]);
});

test('the check above sees a bare fetch', () => {
  expect('const reply = await fetch(address);').toMatch(BARE_FETCH);
  expect('globalThis.fetch(address)').toMatch(BARE_FETCH);
  expect('const reply = await context.fetch(address);').not.toMatch(BARE_FETCH);
});
