import { existsSync } from 'node:fs';
import { DatastoreError } from '@datastores/core';
import type { Settings } from '../config/resolve.ts';
import { openStore, sqliteFile } from '../server/open-store.ts';
import type { ServerStatus } from '../server/server.ts';
import type { StoreSummary } from '../store/summary.ts';
import { type AskOptions, askStatus } from './ask-server.ts';
import { summaryOf } from './describe-comparison.ts';
import { EXIT } from './exit.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';

/** Options of `datastores status`. */
export type StatusOptions = GlobalOptions & AskOptions & { readonly json?: boolean };

/**
 * `datastores status`: what the running server says of itself, or, if none runs, what its data folder holds. Unhealthy
 * (3) unless a server serves, reaches all its systems and exchanges all their streams.
 */
export async function status(terminal: Terminal, options: StatusOptions): Promise<number> {
  const { settings } = await configOf(terminal, options);
  const running = await askStatus(terminal, settings, options);
  if (running === null && options.url !== undefined) {
    throw new DatastoreError('SERVER_UNREACHABLE', `No sync server answers at ${options.url}.`, {
      remedy: 'Check the address, and start the server there with `datastores serve`.',
    });
  }
  const shown = running ?? { state: 'not running' as const, url: null, ...(await storedOffline(settings, terminal)) };
  if (options.json) printJson(terminal, shown);
  else terminal.out(describe(shown));
  const systems = 'reconcile' in shown ? shown.reconcile.systems : [];
  const healthy =
    shown.state === 'serving' &&
    systems.every(({ state, streams }) => {
      const answers = state === 'healthy' || state === 'unknown';
      return answers && streams.every(({ remap }) => remap?.is !== 'held');
    });
  return healthy ? EXIT.ok : EXIT.unhealthy;
}

interface Shown {
  readonly state: string;
  readonly url: string | null;
  readonly epoch?: string;
  readonly store: StoreSummary | null;
  readonly reconcile?: ServerStatus['reconcile'];
}

async function storedOffline(settings: Settings, { clock }: Terminal) {
  if (settings.store === null && !existsSync(sqliteFile(settings))) return { store: null };
  const store = await openStore(settings, { routes: () => [], clock: clock.now });
  try {
    return { epoch: store.epoch, store: await store.summary() };
  } finally {
    await store.close();
  }
}

function describe({ state, url, store, reconcile }: Shown): string {
  const lines = [`server     ${state}${url === null ? '' : ` at ${url}`}`];
  if (store === null) return `${lines[0]}\nstore      none yet\n`;
  for (const { datastore, documents, tombstones } of store.datastores) {
    lines.push(`datastore  ${datastore.padEnd(12)} ${documents} documents, ${tombstones} deleted`);
  }
  for (const { scope, seq } of store.scopes) lines.push(`scope      ${scope.padEnd(12)} at ${seq}`);
  for (const { system, state: health, error } of reconcile?.systems ?? []) {
    lines.push(`system     ${system.padEnd(12)} ${health}${error === null ? '' : `: ${error}`}`);
  }
  for (const { system, streams } of reconcile?.systems ?? []) {
    for (const { stream, comparison, comparing } of streams) {
      if (comparison !== null)
        lines.push(`compared   ${system}/${stream} ${summaryOf(comparison, comparing !== null)}`);
    }
  }
  for (const { system, state: rows, rows: count } of store.outbox) {
    lines.push(`outbox     ${system.padEnd(12)} ${count} ${rows}`);
  }
  for (const { system, stream, links } of store.links) lines.push(`links      ${system}/${stream} ${links}`);
  const { quarantined, questions, decisions } = store;
  lines.push(
    `attention  ${quarantined} records set aside, ${questions} questions open, ${decisions} decisions recorded`,
  );
  return `${lines.join('\n')}\n`;
}
