import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where benches keep their files: in the repository, not in the system's folder for temporary files, which may be in
 * memory, where durable writes cost nothing.
 */
const BENCH_DATA = fileURLToPath(new URL('../../../data/bench', import.meta.url));

/** An empty folder, removed at the end; also when the process is interrupted. */
export function benchFolder(): { readonly path: string; [Symbol.dispose](): void } {
  mkdirSync(BENCH_DATA, { recursive: true });
  const path = mkdtempSync(join(BENCH_DATA, 'run-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  const interrupted = () => process.exit(130);
  process.once('exit', remove);
  process.once('SIGINT', interrupted);
  return {
    path,
    [Symbol.dispose]() {
      process.removeListener('exit', remove);
      process.removeListener('SIGINT', interrupted);
      remove();
    },
  };
}

/** Runs work with an empty folder below another one, and removes it. */
export async function inFolder<T>(parent: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(parent, 'round-'));
  try {
    return await work(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
