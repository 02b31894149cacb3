import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('./run-source.mjs', import.meta.url));

/** A process that runs a file of the tests on the sources, spoken to line by line. It is killed when this is disposed. */
export interface SourceProcess extends Disposable {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** The next line that it prints, each once; null when it has ended. */
  line(): Promise<string | null>;
  /** All lines from now on until it has ended. */
  rest(): Promise<string[]>;
  say(line: string): void;
  /** Ends it as power does, and waits until it is gone. */
  kill(): Promise<void>;
  /** Resolves with the exit code, null for a signal. */
  readonly ended: Promise<number | null>;
}

/** Starts a process that calls `main` of a file. It takes seconds on a busy machine, so start several at once. */
export function startSource(file: URL, args: readonly string[]): SourceProcess {
  const child = spawn(process.execPath, [RUNNER, fileURLToPath(file), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  // What is said to a process that was killed is lost.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => {
    const { done, value } = await lines.next();
    return done ? null : value;
  };
  return {
    child,
    ended,
    line,
    async rest() {
      const found: string[] = [];
      for (let one = await line(); one !== null; one = await line()) found.push(one);
      return found;
    },
    say: (text) => void child.stdin.write(`${text}\n`),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
