import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { readableError } from './sqlite-error.ts';

/** Lines of SQLite's report that are kept; the first says enough, a file of zeros has millions. */
const MOST_LINES = 20;

/**
 * Runs SQLite's `quick_check` over a file and returns what it complains of; nothing where the file is sound. It reads every
 * page (about a second for each gigabyte in the disk cache) in a thread of its own, and writes nothing, so it may run while
 * the file is in use. Throws STORAGE_UNAVAILABLE or SQLITE_MISSING where the file cannot be looked at.
 */
export async function quickCheck(filename: string): Promise<readonly string[]> {
  const require = createRequire(import.meta.url);
  let binding: string;
  try {
    binding = require.resolve('better-sqlite3');
  } catch (error) {
    throw readableError(error, filename);
  }
  const worker = new Worker(CHECK, { eval: true, workerData: { binding, filename, MOST_LINES } });
  const { problems, error } = await new Promise<Checked>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The check ended without a result')));
  }).finally(() => worker.terminate());
  if (error === undefined) return problems;
  if (DAMAGE.some((code) => error.code.startsWith(code))) return [error.message];
  throw readableError(Object.assign(new Error(error.message), { code: error.code }), filename);
}

interface Checked {
  readonly problems: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** What SQLite refuses to check at all, because it is no database any more. */
const DAMAGE = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'];

/** A thread starts from JavaScript alone, and these sources are also run without being compiled. */
const CHECK = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { binding, filename, MOST_LINES } = workerData;
  try {
    const database = new (require(binding))(filename, { readonly: true, fileMustExist: true });
    const lines = database.prepare('PRAGMA quick_check(' + MOST_LINES + ')').pluck().all();
    database.close();
    const problems = lines.flatMap((line) => line.split('\\n')).filter((line) => line !== 'ok' && !line.startsWith('***'));
    parentPort.postMessage({ problems: problems.slice(0, MOST_LINES) });
  } catch (error) {
    parentPort.postMessage({ problems: [], error: { code: String(error.code), message: error.message } });
  }
`;
