import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

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

/** A file of the tests that processes run, made into JavaScript, which starts far faster than a transformer would. */
export interface Program extends Disposable {
  /** Starts a process that runs the file, with these arguments. */
  start(args: readonly string[]): SourceProcess;
}

/** Bundles a file with the sources that it imports; packages from the registry stay apart. */
export async function prepareProgram(file: URL): Promise<Program> {
  const source = fileURLToPath(file);
  const name = basename(source, '.ts');
  const folder = fileURLToPath(new URL(`../dist/programs/${name}-${process.pid}`, import.meta.url));
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { external: true, noExternal: [/^@datastores\//], resolve: { conditions: ['@datastores/source'] } },
    build: {
      ssr: source,
      outDir: folder,
      emptyOutDir: true,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: '[name].mjs' } },
    },
  });
  return {
    start: (args) => start(join(folder, `${name}.mjs`), args),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function start(file: string, args: readonly string[]): SourceProcess {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
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
