import type { ComparisonState } from '../reconcile/compare/requests.ts';
import { type AskOptions, type AskServer, reachServer } from './ask-server.ts';
import { describeComparison, isDrift, summaryOf } from './describe-comparison.ts';
import { EXIT } from './exit.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';

/** Options of `datastores reconcile`. */
export interface ReconcileOptions extends GlobalOptions, AskOptions {
  readonly repair?: boolean;
  readonly full?: boolean;
  readonly allowMass?: boolean;
  readonly json?: boolean;
}

/** Which streams are compared: one of a system, or all of it. */
export interface ReconcileArguments {
  readonly system: string;
  readonly stream?: string | undefined;
}

/** How often a running comparison is asked how far it is, and how often that is told. */
const ASK_MS = 500;
const TELL_MS = 5_000;

/**
 * `datastores reconcile <system> [stream]`: has the running server compare records and documents, waits for the end, and
 * prints what differs. Nothing is changed without `--repair`. Unhealthy (3) where something differs and was not repaired,
 * or the comparison has stopped; 130 if nobody waits any more: the server goes on.
 */
export async function reconcile(
  terminal: Terminal,
  target: ReconcileArguments,
  options: ReconcileOptions,
): Promise<number> {
  const { settings } = await configOf(terminal, options);
  const ask = await reachServer(terminal, settings, options);
  const { repair = false, full = false, allowMass = false } = options;
  const stopped = new AbortController();
  const release = terminal.onStop(() => stopped.abort());
  try {
    const begun = await ask<readonly ComparisonState[]>('/reconcile', { ...target, repair, full, allowMass });
    const states = await untilEnded(terminal, { ask, target, begun, signal: stopped.signal });
    if (options.json) printJson(terminal, states);
    else for (const state of states) terminal.out(describeState(state));
    if (stopped.signal.aborted) return EXIT.interrupted;
    return states.every((state) => isWell(state, repair)) ? EXIT.ok : EXIT.unhealthy;
  } finally {
    release();
  }
}

interface Waiting {
  readonly ask: AskServer;
  readonly target: ReconcileArguments;
  readonly begun: readonly ComparisonState[];
  readonly signal: AbortSignal;
}

async function untilEnded(terminal: Terminal, { ask, target, begun, signal }: Waiting) {
  const query = new URLSearchParams({ system: target.system, ...(target.stream && { stream: target.stream }) });
  let states = begun;
  for (let told = terminal.clock.now(); states.some(({ running }) => running) && !signal.aborted; ) {
    await terminal.clock.sleep(ASK_MS, signal);
    states = await ask<readonly ComparisonState[]>(`/reconcile?${query}`);
    if (terminal.clock.now() - told < TELL_MS) continue;
    told = terminal.clock.now();
    for (const { stream, running, comparison } of states) {
      if (running && comparison !== null) terminal.err(`${stream} ${summaryOf(comparison, true)}\n`);
    }
  }
  return states;
}

function isWell({ error, comparison }: ComparisonState, repair: boolean): boolean {
  if (error !== null || comparison === null || comparison.endedAt === null) return false;
  return !comparison.braked && (repair || !isDrift(comparison));
}

function describeState({ system, stream, comparison, error }: ComparisonState): string {
  const name = `${system}/${stream}`;
  const stop = error === null ? '' : `${name}: stopped: ${error} It goes on when the system is back.\n`;
  return `${comparison === null ? '' : describeComparison(name, comparison)}${stop}`;
}
