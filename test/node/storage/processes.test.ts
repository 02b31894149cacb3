import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openSqlitePlace } from './sqlite-place.ts';

/** Each process loads a TypeScript transformer first, which takes seconds on a busy machine. */
const SLOW_START_MS = 120_000;

/** On a busy machine one of two processes may have done everything before the other is given its turn. */
const AT_ONCE = { timeout: SLOW_START_MS, retry: 3 };

const SCRIPT = fileURLToPath(new URL('./writer-process.mjs', import.meta.url));

test(
  'a writing process killed with -9 leaves a sound file with every write it was told of',
  async () => {
    await using place = await openSqlitePlace();
    using writers = startWriters([1, 2, 3].map((round) => [place.filename, `round${round}-`, '1000000']));
    await Promise.all(writers.list.map((writer) => writer.ready));
    for (const [round, writer] of writers.list.entries()) {
      const acknowledged = await killAfter(40 * (round + 1), writer);
      const database = new Database(place.filename);
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      database.close();
      const instance = await place.open();
      const found = await instance.findDocumentsById(acknowledged, false);
      expect(found.filter((document) => document.age === 2).map((document) => document.id)).toEqual(acknowledged);
      await instance.close();
    }
  },
  SLOW_START_MS,
);

test('two processes that write one file at once lose nothing and share one order of changes', AT_ONCE, async () => {
  await using place = await openSqlitePlace();
  const amount = 1_500;
  using writers = startWriters(['left-', 'right-'].map((prefix) => [place.filename, prefix, `${amount}`]));
  await Promise.all(writers.list.map((writer) => writer.ready));
  const exits = writers.list.map(({ child }) => once(child, 'exit'));
  for (const { child } of writers.list) child.stdin.write('go\n');
  expect(await Promise.all(exits)).toEqual([
    [0, null],
    [0, null],
  ]);
  const instance = await place.open();
  const page = await instance.getChangedDocumentsSince?.(10_000, undefined);
  expect(new Set(page?.documents.map((document) => document.id)).size).toBe(2 * amount);
  expect(page?.documents.every((document) => document.age === 2)).toBe(true);
  const sides = page?.documents.map((document) => document.id.split('-')[0]) ?? [];
  expect(sides.filter((side, at) => side !== sides[at + 1]).length, 'the processes wrote at once').toBeGreaterThan(2);
});

interface Writer {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly lines: AsyncIterator<string>;
  /** Resolves when the process has opened the file and waits for the word to write. */
  readonly ready: Promise<unknown>;
}

/** Starts one process per list of arguments. Those still running are killed when this is disposed. */
function startWriters(argumentLists: readonly string[][]): Disposable & { readonly list: readonly Writer[] } {
  const list = argumentLists.map(startWriter);
  return {
    list,
    [Symbol.dispose]() {
      for (const { child } of list) child.kill('SIGKILL');
    },
  };
}

function startWriter(given: readonly string[]): Writer {
  const child = spawn(process.execPath, [SCRIPT, ...given], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, lines, ready: lines.next() };
}

/** Lets the process write, and kills it once it has acknowledged this many writes. Returns all that it acknowledged. */
async function killAfter(count: number, { child, lines }: Writer): Promise<string[]> {
  child.stdin.write('go\n');
  const acknowledged: string[] = [];
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    acknowledged.push(line.value);
    if (acknowledged.length === count) child.kill('SIGKILL');
  }
  expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL');
  return acknowledged;
}
