import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Something a till is told to do; it answers when that is durable. */
export type TillOrder =
  | { readonly name: string; readonly id: string; readonly patch: object }
  | { readonly name: string; readonly insert: { readonly id: string } };

/** A till in a process of its own, as it would stand in a shop. */
export interface Till {
  readonly process: ChildProcess;
  /** What it said last. */
  readonly said: { unpushed: number; state: string };
  /** Tells it something; the promise resolves when it has acknowledged, and never if it dies before. */
  tell(order: TillOrder): Promise<void>;
  kill(): Promise<void>;
  end(signal: 'SIGTERM'): Promise<number | null>;
}

/** Starts a till on a data folder. */
export function startTill(options: { folder: string; url: string; token: string }): Till {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./till-process.mjs', import.meta.url))], {
    env: { ...process.env, FOLDER: options.folder, URL_OF_SERVER: options.url, TOKEN: options.token },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = { unpushed: 0, state: '' };
  const waiting = new Map<number, () => void>();
  let number = 0;
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const message = JSON.parse(line) as { done?: number; unpushed?: number; state?: string };
    if (message.unpushed !== undefined) said.unpushed = message.unpushed;
    if (message.state !== undefined) said.state = message.state;
    if (message.done !== undefined) waiting.get(message.done)?.();
  });
  child.stdin?.on('error', () => {});
  const gone = once(child, 'exit');
  return {
    process: child,
    said,
    tell(order) {
      number += 1;
      const mine = number;
      return new Promise((resolve) => {
        waiting.set(mine, resolve);
        child.stdin?.write(`${JSON.stringify({ number: mine, ...order })}\n`);
      });
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async end(signal) {
      child.kill(signal);
      return ((await gone) as [number | null])[0];
    },
  };
}
