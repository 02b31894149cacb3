import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openSqlitePlace } from './sqlite-place.ts';

const SCRIPT = fileURLToPath(new URL('./writer-process.mjs', import.meta.url));

test('a writing process killed with -9 leaves a sound file with every write it was told of', async () => {
  await using place = await openSqlitePlace();
  for (const round of [1, 2, 3]) {
    const writer = startWriter(place.filename, `round${round}-`, 1_000_000);
    await writer.ready;
    const acknowledged = await killAfter(40 * round, writer);
    const database = new Database(place.filename);
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
    const instance = await place.open();
    const found = await instance.findDocumentsById(acknowledged, false);
    expect(found.filter((document) => document.age === 2).map((document) => document.id)).toEqual(acknowledged);
    await instance.close();
  }
});

test('two processes that write one file at once lose nothing and share one order of changes', async () => {
  await using place = await openSqlitePlace();
  const amount = 200;
  const writers = ['left-', 'right-'].map((prefix) => startWriter(place.filename, prefix, amount));
  await Promise.all(writers.map((writer) => writer.ready));
  const exits = writers.map(({ child }) => once(child, 'exit'));
  for (const { child } of writers) child.stdin.write('go\n');
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

function startWriter(filename: string, prefix: string, amount: number): Writer {
  const child = spawn(process.execPath, [SCRIPT, filename, prefix, `${amount}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
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
