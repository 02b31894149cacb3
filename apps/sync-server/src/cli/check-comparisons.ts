import { isDatastoreError } from '@datastores/core';
import type { Settings } from '../config/resolve.ts';
import { askStatus } from './ask-server.ts';
import { isDrift, summaryOf } from './describe-comparison.ts';
import type { Finding } from './finding.ts';
import type { Terminal } from './terminal.ts';

/** What the last comparisons of the running server found; nothing where none runs, or no token opens it. */
export async function checkComparisons(terminal: Terminal, settings: Settings): Promise<readonly Finding[]> {
  const status = await askStatus(terminal, settings, {}).catch((error: unknown) => {
    if (isDatastoreError(error)) return null;
    throw error;
  });
  const systems = status?.reconcile.systems ?? [];
  return systems.flatMap(({ system, streams }) =>
    streams.flatMap(({ stream, comparison, comparing }): Finding[] => {
      if (comparison === null) return [];
      const ok = !comparison.braked && (comparison.repairs || !isDrift(comparison));
      const found = { check: `compared ${system}/${stream}`, ok, detail: summaryOf(comparison, comparing !== null) };
      const remedy = comparison.braked
        ? `${comparison.notes.join(' ')} Look at ${system}; if that is right: datastores reconcile ${system} ${stream} --repair --allow-mass.`
        : `See the differences with \`datastores reconcile ${system} ${stream}\`, repair them with --repair.`;
      return [ok ? found : { ...found, remedy }];
    }),
  );
}
