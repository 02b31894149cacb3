import type { Settings } from '../config/resolve.ts';
import { openStore, sqliteFile } from '../server/open-store.ts';
import type { AppliedStep, Migration } from '../store/migration.ts';
import { inspectStore } from '../store/postgres/inspect.ts';
import { inspectFile } from '../store/sqlite/inspect.ts';
import { EXIT } from './exit.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';

/** Options of `datastores migrate`. */
export type MigrateOptions = GlobalOptions & { readonly dryRun?: boolean; readonly json?: boolean };

/**
 * `datastores migrate`: brings the schema of the store to that of this version, or only says which steps are due. A start of
 * the server does the same; this is for those who want to do it first, with rights that the server does not have.
 */
export async function migrateStore(terminal: Terminal, options: MigrateOptions): Promise<number> {
  const { settings } = await configOf(terminal, options);
  const { place, applied, due } = await inspect(settings);
  if (options.dryRun !== true && due.length > 0) {
    const store = await openStore(settings, { routes: () => [], clock: terminal.clock.now });
    await store.close();
  }
  const steps = due.map(({ number, name }) => ({ number, name }));
  if (options.json)
    printJson(terminal, { store: place, applied: applied?.length ?? 0, due: steps, dryRun: options.dryRun === true });
  else terminal.out(describe(place, { applied, due, isDry: options.dryRun === true }));
  return EXIT.ok;
}

interface Found {
  readonly place: string;
  readonly applied: readonly AppliedStep[] | null;
  readonly due: readonly Migration[];
}

async function inspect(settings: Settings): Promise<Found> {
  if (settings.store === null) {
    const filename = sqliteFile(settings);
    return { place: filename, ...inspectFile(filename) };
  }
  const { shown, applied, due } = await inspectStore(settings.store);
  return { place: shown, applied, due };
}

function describe(place: string, { applied, due, isDry }: Omit<Found, 'place'> & { readonly isDry: boolean }): string {
  const state = applied === null ? 'none yet' : `${applied.length} steps taken`;
  const lines = [`store      ${place}`, `schema     ${state}`];
  for (const { number, name } of due) lines.push(`${isDry ? 'due  ' : 'taken'}      ${number} ${name}`);
  if (due.length === 0) lines.push('up to date');
  return `${lines.join('\n')}\n`;
}
