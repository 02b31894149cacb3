import type { Clock } from '../clock.ts';
import type { Environment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import type { Resolved } from '../config/resolve.ts';

/** What a command may use of the process it runs in. */
export interface Terminal {
  readonly environment: Environment;
  readonly folder: string;
  readonly clock: Clock;
  /** Data: what the command was asked for. */
  readonly out: (text: string) => void;
  /** Everything else: hints, warnings, errors. */
  readonly err: (text: string) => void;
  /** Calls back for each request to stop. Returns how to take no more of them. */
  readonly onStop: (listener: () => void) => () => void;
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly verbose?: boolean;
}

/** The configuration that a command was called for. Throws CONFIG_INVALID. */
export function configOf(terminal: Terminal, { config }: GlobalOptions): Promise<Resolved> {
  const { folder, environment } = terminal;
  return loadConfig({ folder, environment, ...(config === undefined ? {} : { file: config }) });
}

/** Writes one JSON value as data. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}
