import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('./run.mjs', import.meta.url));
const within = { timeout: 240_000 };

test('local-write prints its figures as its last line, whether or not they are enough', within, async () => {
  const { code, output } = await bench('local-write --docs 500 --rounds 1');
  const line = lastLine(output);

  expect(line).toMatchObject({ workload: 'local-write', docs: 500 });
  expectNumbers(line, ['ratio', 'docsPerSecond', 'controlDocsPerSecond', 'rssMiB', 'singleRatio', 'singleInsertP50Ms']);
  expect(code).toBe(line['ok'] === true ? 0 : 1);
  expect(output).toMatch(/(met|MISSED) +ratio .* at least 0\.6/);
});

test('initial-sync brings all documents to the replica and reads meanwhile', within, async () => {
  const { code, output } = await bench('initial-sync --docs 5000 --rounds 1 --json');
  const line = lastLine(output);

  expect(line).toMatchObject({ workload: 'initial-sync', docs: 5_000 });
  expectNumbers(line, ['ratio', 'docsPerSecond', 'controlDocsPerSecond', 'rssMiB', 'serverRssMiB', 'readP99Ms']);
  expect(code).toBe(line['ok'] === true ? 0 : 1);
  expect(output).not.toContain('MISSED');
});

test('reconcile brings all records of PostgreSQL to the server and all changes back', within, async () => {
  const { code, output } = await bench('reconcile --docs 1000 --rounds 1 --json');
  const line = lastLine(output);

  expect(line).toMatchObject({ workload: 'reconcile', docs: 1_000, pushDocs: 1_000 });
  expectNumbers(line, ['ratio', 'docsPerSecond', 'controlDocsPerSecond', 'rssMiB']);
  expectNumbers(line, ['pushRatio', 'pushDocsPerSecond', 'controlPushDocsPerSecond']);
  expect(code).toBe(line['ok'] === true ? 0 : 1);
});

test('browser writes and reads in Chromium with each storage', within, async () => {
  const { code, output } = await bench('browser --docs 1000 --rounds 1 --json');
  const line = lastLine(output);

  expect(line).toMatchObject({ workload: 'browser', docs: 1_000 });
  expectNumbers(line, ['ratio', 'docsPerSecond', 'controlDocsPerSecond', 'dexieDocsPerSecond', 'rssMiB', 'openMs']);
  expectNumbers(line, ['insertP50Ms', 'dexieInsertP50Ms', 'rangeP50Ms', 'dexieRangeP50Ms']);
  expect(code).toBe(line['ok'] === true ? 0 : 1);
});

test('wrong arguments end with a readable line and nothing else', within, async () => {
  const { code, output, errors } = await bench('sync --json');

  expect(code).toBe(1);
  expect(errors).toContain('There is no workload "sync"');
  expect(output).not.toContain('{');
});

function bench(line: string): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [RUN, ...line.split(' ')], (_error, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

function lastLine(output: string): Record<string, unknown> {
  return JSON.parse(output.trimEnd().split('\n').at(-1) as string);
}

function expectNumbers(line: Record<string, unknown>, names: readonly string[]): void {
  for (const name of names) expect(line[name], name).toBeGreaterThan(0);
}
