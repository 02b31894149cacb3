import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('./run.mjs', import.meta.url));
const within = { timeout: 600_000 };
/** One bug for each kind of fault: a kill, a line, a restore, a disk. */
const PLANTS = 'commit-later,counter-twice,ignore-tag,failure-swallowed';

test('a share of the faults breaks no promise, and bugs that are planted are found by them', within, async () => {
  const sizes = '--kills 8 --partitions 6 --restores 2 --seed 11';
  const only = 'kills,partitions,restores,copies,disk-full,io-errors,controls';
  const { code, line, errors } = await chaos(`${sizes} --only ${only} --plants ${PLANTS} --json`);

  expect(line, errors).toMatchObject({ lost: 0, stuck: 0, corrupt: 0, wedged: 0, diverged: 0, miscounted: 0 });
  expect(line, errors).toMatchObject({ resurrections: 0, broken: 0, kills: 8, restores: 2, copies: 2, diskFull: 1 });
  expect(line['detected']).toBe(line['restored']);
  expect(line['restored']).toBeGreaterThan(0);
  expect(line['ioErrors']).toBeGreaterThan(0);
  expect(line['partitions']).toBeGreaterThan(0);
  expect(line['acknowledged']).toBeGreaterThan(100);
  expect(line['controls']).toBe(5);
  expect(line['controlsFound'], errors).toBe(5);
  // How long it took says more of the machine, which other tests use meanwhile.
  expect(code).toBe(line['ok'] === true ? 0 : 1);
  if (process.env['CI'] === 'true') expect(line['skipped']).toEqual([]);
});

test('wrong arguments end with a readable line and nothing else', within, async () => {
  const { code, output, errors } = await run('--kills none --json');

  expect(code).toBe(1);
  expect(errors).toContain('--kills must be a whole number from 1, not "none"');
  expect(output).not.toContain('{');
  expect((await run('--only kill')).errors).toContain('There is no scenario "kill". There are: kills, ');
});

async function chaos(line: string): Promise<{ code: number; line: Record<string, unknown>; errors: string }> {
  const { code, output, errors } = await run(line);
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  expect(last, errors).toMatch(/^\{/);
  return { code, line: JSON.parse(last), errors };
}

function run(line: string): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [RUN, ...line.split(' ')], (_error, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}
