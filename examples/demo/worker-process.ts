import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkerMessage } from './worker-message.ts';

/** The worker of the demo, running in a process of its own. */
export interface WorkerProcess {
  /** Resolves with a reason if the process ends without having been asked to. */
  readonly failed: Promise<string>;
  close(): Promise<void>;
}

/** How to start the worker. */
export interface WorkerProcessOptions {
  /** Folder of its replica. */
  readonly folder: string;
  /** Base of the server's tRPC routes. */
  readonly url: string;
  readonly token: string;
  readonly onMessage: (message: WorkerMessage) => void;
}

/** Time the worker gets to push what is unpushed and to close its files. */
const CLOSE_WITHIN_MS = 8_000;

/** Starts the worker; `close` ends it gracefully, and by force if that takes too long. */
export function startWorkerProcess({ folder, url, token, onMessage }: WorkerProcessOptions): WorkerProcess {
  const child = fork(fileURLToPath(new URL('./worker.js', import.meta.url)), [folder], {
    env: { ...process.env, DATASTORES_URL: url, DATASTORES_TOKEN: token },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    // A signal of the terminal is for the demo as a whole, which ends its worker itself.
    detached: true,
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4_000);
  });
  child.on('message', (message) => onMessage(message as WorkerMessage));
  let closing = false;
  const ended = once(child, 'exit').then(([code, signal]) => `code ${code ?? signal}`);
  const failed = new Promise<string>((resolve) => {
    void ended.then((how) => {
      if (!closing) resolve(`The worker ended with ${how}. ${errors.trim()}`);
    });
  });
  return {
    failed,
    async close() {
      closing = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
