import { systemClock } from '@datastores/sync-server';
import { runCommand } from '../../../apps/sync-server/src/cli/program.ts';

/** What a command says; it grows while the command runs. */
export interface Spoken {
  out: string;
  err: string;
}

/** What a command said and with which code it ended. */
export interface Said extends Readonly<Spoken> {
  readonly code: number;
}

/** Where commands are run. */
export interface TerminalOptions {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A command line whose commands run in this process. */
export function createTerminal({ folder, environment = {} }: TerminalOptions) {
  const stops = new Set<() => void>();
  /** Runs a command that says what it says into `spoken`. Resolves with its code. */
  const start = (args: readonly string[], spoken: Spoken, more: Readonly<Record<string, string>> = {}) =>
    runCommand([...args], {
      environment: { ...environment, ...more },
      folder,
      clock: systemClock,
      out: (text) => {
        spoken.out += text;
      },
      err: (text) => {
        spoken.err += text;
      },
      onStop: (listener) => {
        stops.add(listener);
        return () => void stops.delete(listener);
      },
    });
  return {
    start,
    run: async (...args: readonly string[]): Promise<Said> => {
      const spoken = { out: '', err: '' };
      const code = await start(args, spoken);
      return { code, ...spoken };
    },
    /** Stops what runs, as an interrupt does. */
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}
