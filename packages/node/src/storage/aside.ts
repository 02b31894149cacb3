import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** A connection to a database file in a thread of its own. */
export interface Aside {
  /**
   * Runs a statement, as a transaction. Meanwhile this thread reads as it likes, and its writes wait, as for those of another
   * process. One at a time. Throws what SQLite, or the thread, fails with.
   */
  run(statement: string): Promise<void>;
  /** Closes the connection; resolves when the thread has ended. */
  close(): Promise<void>;
}

/** Opens the file, which must be there, in a thread, once there is a statement to run. */
export function createAside(filename: string): Aside {
  const driver = createRequire(import.meta.url).resolve('better-sqlite3');
  // Neither the arguments nor the loaders of this process are for that program.
  const worker = new Worker(PROGRAM, { eval: true, workerData: { driver, filename }, execArgv: [], argv: [] });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  // Between two statements nobody listens; what failed then fails the next one.
  worker.on('error', () => undefined);
  return {
    async run(statement) {
      const over = new AbortController();
      try {
        worker.postMessage(statement);
        const [answer] = await Promise.race([
          once(worker, 'message', over),
          ended.then(() => ['The thread that ran the statement has ended.']),
        ]);
        if (typeof answer === 'string') throw new Error(answer);
      } finally {
        over.abort();
      }
    },
    async close() {
      worker.postMessage(null);
      await ended;
    },
  };
}

/** A text, because a file of its own would have to be found from sources, from what is built and from a bundle. */
const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const Database = require(workerData.driver);
  let database;
  parentPort.on('message', (statement) => {
    if (statement === null) {
      database?.close();
      parentPort.close();
      return;
    }
    try {
      database ??= new Database(workerData.filename, { fileMustExist: true, timeout: 10000 });
      database.exec(statement);
      parentPort.postMessage(true);
    } catch (error) {
      parentPort.postMessage(String(error));
    }
  });
`;
