import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { missed } from './figures.ts';

const RUN = fileURLToPath(new URL('./run.mjs', import.meta.url));
const within = { timeout: 300_000 };

/** What says more of the machine than of the server in a run that is as short as this and has not got the machine alone. */
const OF_THE_MACHINE = ['honestP99Ratio', 'rssGrowthMiB'];

test('a share of the hostile requests breaks no promise', within, async () => {
  const { code, line, output } = await fuzz('--requests 3000 --rate 3000 --seed 7 --json');

  expect(line, output).toMatchObject({ serverErrors: 0, crashes: 0, polluted: 0, badAnswers: 0, lost: 0 });
  expect(line).toMatchObject({ requests: 3_000, invalidStored: 0, leftOpen: 0, limitFaults: 0, limited: 120 });
  expect((line['missed'] as string[]).filter((name) => !OF_THE_MACHINE.includes(name))).toEqual([]);
  for (const name of ['honestWrites', 'idleP99Ms', 'honestP99Ms']) expect(line[name], name).toBeGreaterThan(0);
  // Each kind of answer shows that the requests reach what they are made for.
  for (const status of ['200', '202', '400', '401', '403', '404', '413', '415', '431', 'closed']) {
    expect(line['replies'], status).toHaveProperty(status);
  }
  expect(code).toBe(line['ok'] === true ? 0 : 1);
});

describe('a server with deliberate faults', () => {
  test('is found out, each fault by its name', within, async () => {
    const plants = 'answers-500,answers-429,tells-stack,tells-foreign,serves-anyone,pollutes,grows';
    const { code, line } = await fuzz(`--requests 600 --rate 3000 --plant ${plants} --json`);

    expect(code).toBe(1);
    expect(line['ok']).toBe(false);
    expect(line['problems']).toMatchObject({
      'server-error': expect.toSatisfy(isPositive),
      busy: expect.toSatisfy(isPositive),
      unclear: expect.toSatisfy(isPositive),
      foreign: expect.toSatisfy(isPositive),
      unproven: expect.toSatisfy(isPositive),
    });
    expect(line['missed']).toEqual(expect.arrayContaining(['serverErrors', 'polluted', 'badAnswers', 'rssGrowthMiB']));
  });

  test('is found out when it ends', within, async () => {
    const { code, line } = await fuzz('--requests 400 --rate 3000 --plant crashes --json');

    expect(code).toBe(1);
    expect(line).toMatchObject({ ok: false, crashes: 1 });
    expect(line['missed']).toContain('crashes');
  });
});

test('each figure can be missed by itself', () => {
  const good = {
    ...{ requests: 100, seed: 1, seconds: 1, serverErrors: 0, crashes: 0, polluted: 0, badAnswers: 0, lost: 0 },
    ...{ invalidStored: 0, leftOpen: 0, rssGrowthMiB: 49, idleP99Ms: 10, honestP99Ms: 49, honestP99Ratio: 4.9 },
    ...{ honestWrites: 10, limited: 1, limitFaults: 0 },
  };

  expect(missed(good)).toEqual([]);
  for (const name of ['serverErrors', 'crashes', 'polluted', 'badAnswers', 'lost', 'invalidStored', 'leftOpen']) {
    expect(missed({ ...good, [name]: 1 })).toEqual([name]);
  }
  expect(missed({ ...good, rssGrowthMiB: 50, honestP99Ratio: 5, limited: 0, limitFaults: 1, honestWrites: 0 })).toEqual(
    ['limitFaults', 'limited', 'honestWrites', 'rssGrowthMiB', 'honestP99Ratio'],
  );
});

test('wrong arguments end with a readable line and nothing else', within, async () => {
  const { code, output, errors } = await run('--requests none --json');

  expect(code).toBe(1);
  expect(errors).toContain('--requests must be a whole number from 100, not "none"');
  expect(output).not.toContain('{');
});

async function fuzz(line: string): Promise<{ code: number; line: Record<string, unknown>; output: string }> {
  const { code, output, errors } = await run(line);
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  expect(last, errors).toMatch(/^\{/);
  return { code, line: JSON.parse(last), output: errors };
}

function run(line: string): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [RUN, ...line.split(' ')], (_error, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}
