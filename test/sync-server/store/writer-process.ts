import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What makes Node read TypeScript: newer versions do by themselves. */
const TYPESCRIPT = 'typescript' in process.features && process.features.typescript ? [] : ['--import', 'jiti/register'];

/** One line of a writing process: what it was acknowledged, or why it stopped. */
export interface WriterLine {
  readonly id?: string;
  readonly seq?: number;
  readonly code?: string;
  readonly message?: string;
}

/** A writing process and everything it said. */
export interface WriterProcess {
  readonly child: ChildProcess;
  readonly lines: readonly WriterLine[];
  /** Resolves when so many lines have come, or the process has ended. */
  said(count: number): Promise<void>;
  /** Resolves when the process has ended and all it said was read. */
  readonly ended: Promise<void>;
}

/** What the writer writes, and how its process is limited. */
export interface WriterOptions {
  readonly prefix?: string;
  readonly size?: number;
  /** Most that it may write to one file, in units of 1,024 bytes. */
  readonly maxFileKilobytes?: number;
  /** The user it runs as. */
  readonly uid?: number;
}

/** Starts writer.ts, which is TypeScript, so through the loader that the server reads its configuration with. */
export function startWriter(filename: string, options: WriterOptions = {}): WriterProcess {
  const script = fileURLToPath(new URL('./writer.ts', import.meta.url));
  const node = [process.execPath, '--conditions=@datastores/source', ...TYPESCRIPT, script];
  const limit = options.maxFileKilobytes === undefined ? 'unlimited' : `${options.maxFileKilobytes}`;
  const command = ['-c', 'ulimit -f "$0" && exec "$@"', limit, ...node];
  const child = spawn('bash', [...command, filename, options.prefix ?? 'd', `${options.size ?? 10}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Another user may neither read nor write what the loader keeps of earlier runs.
    ...(options.uid === undefined ? {} : { uid: options.uid, env: { ...process.env, JITI_FS_CACHE: 'false' } }),
  });
  const lines: WriterLine[] = [];
  const waiting = new Set<() => void>();
  const reader = createInterface(child.stdout);
  const ended = new Promise<void>((resolve) => reader.once('close', resolve));
  reader.on('line', (line) => {
    lines.push(JSON.parse(line) as WriterLine);
    for (const check of waiting) check();
  });
  const said = (count: number) =>
    Promise.race([
      ended,
      new Promise<void>((resolve) => {
        const check = () => {
          if (lines.length >= count) resolve();
        };
        waiting.add(check);
        check();
      }),
    ]);
  return { child, lines, said, ended };
}
