import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer, Commands, CommonCommands, Question } from './answer.ts';

/** A process of its own that answers questions. */
export interface Child<C> extends AsyncDisposable {
  /** Asks and waits for the answer. Rejects with the stack of the child, or when the process ends. */
  ask<K extends keyof (C & CommonCommands)>(
    command: K,
    ...input: InputOf<(C & CommonCommands)[K]>
  ): Promise<ResultOf<(C & CommonCommands)[K]>>;
  /** Sends a signal; after SIGKILL wait for `ended`. */
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal, when the process is gone and everything that it had said was heard. */
  readonly ended: Promise<number | string>;
}

/** What a process may be started with. */
export interface ChildOptions {
  /** The folder of the process file. Default: that of this file. */
  readonly beside?: string;
  /** What is added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options of node itself, e.g. modules to load before the process. */
  readonly execArgv?: readonly string[];
}

type InputOf<F> = F extends (...input: infer I extends readonly unknown[]) => unknown ? I : never;
type ResultOf<F> = F extends (...input: never) => infer R ? Awaited<R> : never;

/** Time that a process gets to end by itself. */
const END_WITHIN_MS = 10_000;

/**
 * Starts one of the `…-process` files with plain node. It has nothing of this process but its environment, without what
 * would connect a replica to a server of the user. Ends with `await using`.
 */
export function startChild<C extends Commands<C>>(
  name: string,
  {
    beside = fileURLToPath(new URL('.', import.meta.url)),
    env: added = {},
    execArgv = process.execArgv,
  }: ChildOptions = {},
): Child<C> {
  const { DATASTORES_URL: _url, DATASTORES_TOKEN: _token, ...env } = process.env;
  const child = fork(join(beside, `${name}-process.js`), [], {
    env: { ...env, ...added },
    execArgv: [...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let questions = 0;
  child.on('message', ({ number, result, error }: Answer) => {
    const asked = waiting.get(number);
    waiting.delete(number);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(`${name}: ${error}`));
  });
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    // What it said before it ended may still be on its way.
    if (child.connected) await once(child, 'disconnect');
    for (const { reject } of waiting.values()) reject(new Error(`The process ${name} ended (${code ?? signal}).`));
    waiting.clear();
    return (code ?? signal) as number | string;
  });
  return {
    ended,
    ask: (command, ...input) =>
      new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Error(`The process ${name} has ended.`));
        questions += 1;
        waiting.set(questions, { resolve: resolve as (value: unknown) => void, reject });
        // A process that was killed meanwhile is told of by its end.
        child.send({ number: questions, command: String(command), input: input[0] } satisfies Question, () => {});
      }),
    signal: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
