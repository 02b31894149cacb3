import type { RemapPreview } from '../reconcile/remap-preview.ts';
import type { RemapState } from '../reconcile/remap-requests.ts';
import { type AskOptions, reachServer } from './ask-server.ts';
import { EXIT } from './exit.ts';
import type { ReconcileArguments } from './reconcile.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';

/** Options of `datastores remap`. */
export interface RemapOptions extends GlobalOptions, AskOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** How often the server is asked how far it is. */
const ASK_MS = 500;

/**
 * `datastores remap <system> [stream]`: lets raised mappings go that are held, and waits until they are applied to the records
 * that are kept. With `--dry-run` says what they would do and writes nothing; unhealthy (3) if a record could not be used then.
 * 130 if nobody waits any more: the server goes on.
 */
export async function remap(terminal: Terminal, target: ReconcileArguments, options: RemapOptions): Promise<number> {
  const { settings } = await configOf(terminal, options);
  const ask = await reachServer(terminal, settings, options);
  const { dryRun = false } = options;
  const query = new URLSearchParams({ system: target.system, ...(target.stream && { stream: target.stream }) });
  const stopped = new AbortController();
  const release = terminal.onStop(() => stopped.abort());
  try {
    let states = await ask<readonly RemapState[]>('/remap', { ...target, dryRun });
    const waits = ({ previewing, is }: RemapState) => (dryRun ? previewing : is === 'applying');
    while (states.some(waits) && !stopped.signal.aborted) {
      await terminal.clock.sleep(ASK_MS, stopped.signal);
      states = await ask<readonly RemapState[]>(`/remap?${query}`);
    }
    if (options.json) printJson(terminal, states);
    else for (const state of states) terminal.out(dryRun ? describePreview(state) : describeState(state));
    if (stopped.signal.aborted) return EXIT.interrupted;
    return dryRun && states.some(({ preview }) => preview === null || preview.unfit > 0) ? EXIT.unhealthy : EXIT.ok;
  } finally {
    release();
  }
}

function describeState({ system, stream, mapping, before, is, done }: RemapState): string {
  const name = `${system}/${stream}`;
  if (is === 'applied') return `${name}: mapping ${mapping} is in effect.\n`;
  if (is === 'held') return `${name}: mapping ${mapping} is held, as ${before} was before.\n`;
  return `${name}: mapping ${mapping} is being applied, to ${done} records so far.\n`;
}

function describePreview({ system, stream, mapping, before, is, preview, error }: RemapState): string {
  const name = `${system}/${stream}`;
  if (preview === null) return `${name}: the preview has stopped: ${error ?? 'it is not done'}\n`;
  const { kept, unkept, same, changed, told, asked, unfit, waiting, undecided } = preview;
  const held = is === 'held' ? ', held' : '';
  const lines = [
    `${name}: mapping ${before === mapping ? mapping : `${before} → ${mapping}`}${held}: ${changed} of ${kept} documents would change, ${same} stay`,
  ];
  const rest = [
    [told, 'would be told to the system'],
    [asked, 'would be asked about'],
    [unfit, 'could not be used'],
    [waiting, 'would wait for others'],
    [undecided, 'would be read again, or are deleted'],
    [unkept, 'are not kept and would be read'],
  ] as const;
  for (const [count, what] of rest) if (count > 0) lines.push(`  ${count} ${what}`);
  lines.push(...Object.entries(preview.fields).flatMap(describeField));
  for (const { key, reason } of preview.problems) lines.push(`  record ${key}: ${reason}`);
  return `${lines.join('\n')}\n`;
}

function describeField([field, { count, examples }]: [string, RemapPreview['fields'][string]]): readonly string[] {
  const shown = examples.map(
    ({ key, id, here, would }) => `    record ${key}, document ${id}: ${valueText(here)} → ${valueText(would)}`,
  );
  return [`  ${field}  ${count}`, ...shown];
}

function valueText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length} characters)`;
}

const LONGEST = 200;
