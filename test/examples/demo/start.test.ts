import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';

const START = fileURLToPath(new URL('../../../examples/demo/start.mjs', import.meta.url));

test('npm start ends with 0 when asked to stop after the first sync, and goes on with its data', {
  timeout: 240_000,
}, async () => {
  using folder = temporaryFolder();
  const args = ['--port', '0', '--data', folder.path];
  const first = start([...args, '--once']);
  expect(await first.exit, first.output()).toBe(0);
  expect(first.output()).toContain('All 7483 documents are there');

  const second = start([...args, '--no-business']);
  await second.shows('Ctrl-C stops everything');
  expect(second.output()).toMatch(/http:\/\/127\.0\.0\.1:\d+\/trpc/);
  second.interrupt();
  expect(await second.exit, second.output()).toBe(0);
});

test('npm start says what is wrong with its options', { timeout: 120_000 }, async () => {
  const wrong = start(['--port', 'http']);
  expect(await wrong.exit).toBe(1);
  expect(wrong.output()).toContain('--port must be a whole number');
  const unknown = start(['--everything']);
  expect(await unknown.exit).toBe(1);
  expect(unknown.output()).toContain("Unknown option '--everything'");
});

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [START, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  return {
    exit,
    output: () => output,
    interrupt: () => child.kill('SIGINT'),
    async shows(text: string) {
      while (!output.includes(text)) {
        const ended = await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 100, 'running'))]);
        if (ended !== 'running') expect.fail(`ended with ${ended}:\n${output}`);
      }
    },
  };
}
