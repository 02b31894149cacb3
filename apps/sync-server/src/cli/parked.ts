import type { UnusedRecord } from '../reconcile/unused-records.ts';
import { type AskOptions, reachServer } from './ask-server.ts';
import { EXIT } from './exit.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';
import { timeText } from './time-text.ts';

/** Options of `datastores parked`. */
export type ParkedOptions = GlobalOptions & AskOptions & { readonly json?: boolean };

/** `datastores parked`: the records that wait for others, and those that were set aside because they cannot be used. */
export async function listParked(terminal: Terminal, options: ParkedOptions): Promise<number> {
  const { settings } = await configOf(terminal, options);
  const ask = await reachServer(terminal, settings, options);
  const records = await ask<readonly UnusedRecord[]>('/unused');
  if (options.json) printJson(terminal, records);
  else
    terminal.out(records.length === 0 ? 'No record waits, and none is set aside.\n' : records.map(describe).join(''));
  return EXIT.ok;
}

function describe({ system, stream, key, is, waitsFor, reason, since }: UnusedRecord): string {
  const why =
    is === 'parked' ? `waits for ${waitsFor.join(', ')}` : `set aside since ${timeText(since ?? 0)}: ${reason}`;
  return `${system}/${stream} ${key}  ${why}\n`;
}
