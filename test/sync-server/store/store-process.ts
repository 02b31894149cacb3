import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What makes Node read TypeScript: newer versions do by themselves. */
const TYPESCRIPT = 'typescript' in process.features && process.features.typescript ? [] : ['--import', 'jiti/register'];

/** A process that writes, and what it was acknowledged. */
export interface StoreProcess {
  readonly child: ChildProcess;
  /** Number of each document by its id. */
  readonly acknowledged: ReadonlyMap<string, number>;
  readonly ended: Promise<void>;
}

/** Starts a script of this folder with its arguments. */
export function startProcess(script: string, args: readonly (string | number)[]): StoreProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const node = ['--conditions=@datastores/source', ...TYPESCRIPT, path, ...args.map(String)];
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged = new Map<string, number>();
  const reader = createInterface(child.stdout);
  reader.on('line', (line) => {
    const [id = '', seq] = line.split(' ');
    acknowledged.set(id, Number(seq));
  });
  return { child, acknowledged, ended: new Promise((resolve) => reader.once('close', resolve)) };
}
