import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** What makes Node read TypeScript: newer versions do by themselves. */
const LOADER = 'typescript' in process.features && process.features.typescript ? [] : ['--import', 'jiti/register'];

/** A process that runs a TypeScript file, spoken to line by line. It is killed when this is disposed. */
export interface TypescriptProcess extends Disposable {
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

/** Starts a process on the sources. It takes a second or two on a busy machine, so start several at once. */
export function startTypescript(file: string, args: readonly string[]): TypescriptProcess {
  const node = ['--conditions=@datastores/source', ...LOADER, file, ...args];
  const child = spawn(process.execPath, node, { stdio: ['pipe', 'pipe', 'inherit'] });
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
