import { peakRssMiB } from './peak-rss.ts';
import { createProfiler } from './profile/profiler.ts';

/** What a child process can be asked for: functions by name. Inputs and results travel as JSON. */
export type Commands<C> = { readonly [K in keyof C]: (input: never) => unknown };

/** A question of the parent. */
export interface Question {
  readonly number: number;
  readonly command: string;
  readonly input?: unknown;
}

/** What the child says to a question. */
export interface Answer {
  readonly number: number;
  readonly result?: unknown;
  /** Stack of what went wrong instead. */
  readonly error?: string;
}

/** What every child answers beside its own commands. */
export interface CommonCommands {
  readonly peakRssMiB: () => number;
  readonly startProfile: () => Promise<void>;
  readonly stopProfile: () => ReturnType<ReturnType<typeof createProfiler>['stop']>;
}

/** Makes this process answer its parent, one question or several at a time, until the parent is gone. */
export function answer<C extends Commands<C>>(commands: C): void {
  const profiler = createProfiler();
  const common: CommonCommands = { peakRssMiB, startProfile: profiler.start, stopProfile: profiler.stop };
  const known: Readonly<Record<string, ((input: never) => unknown) | undefined>> = { ...commands, ...common };
  const reply = (message: Answer) => {
    // A parent that is gone in the meantime needs no answer; without the callback it would be an uncaught error here.
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  };
  process.on('message', async ({ number, command, input }: Question) => {
    try {
      const run = known[command];
      if (run === undefined) throw new Error(`This process knows no command ${command}.`);
      reply({ number, result: await run(input as never) });
    } catch (error) {
      reply({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.once('disconnect', () => process.exit());
}
