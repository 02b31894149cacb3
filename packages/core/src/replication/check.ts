import type { Checkpoint } from '../protocol/checkpoint.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import type { PullState } from '../replica/journal-entry.ts';
import type { ApplyTarget } from './apply-page.ts';
import type { Place } from './apply-pokes.ts';
import { asReader } from './as-reader.ts';
import type { CheckFinding } from './check-report.ts';
import { type Ask, compare } from './compare.ts';
import { holdingsOf } from './holdings.ts';
import { readPullState } from './pull-state.ts';
import { repairDifferences } from './repair.ts';
import type { Transport } from './transport.ts';

/** What is compared with whom. */
export interface CheckOptions {
  readonly target: Omit<ApplyTarget, 'generations'>;
  readonly transport: Pick<Transport, 'digest'>;
  /** Whose receipts are compared; of no meaning to other datastores. */
  readonly replica?: string;
}

/** `behind`: it has to be pulled first. */
export type Checked =
  | 'behind'
  | {
      /** What was stored before, and what is to be stored now. */
      readonly from: PullState;
      readonly state: PullState;
      readonly compared: number;
      readonly findings: readonly CheckFinding[];
    };

/**
 * Compares what the replica holds of a datastore with the server, at one position, and repairs what differs. Nothing else
 * of replication may run meanwhile. A position that the server does not know is a finding like others: everything is
 * compared with the newest position then, which takes its place.
 */
export async function checkDatastore(
  options: CheckOptions,
  place: Place | null,
  signal: AbortSignal,
): Promise<Checked> {
  const { target } = options;
  const { stored, tampered } = await storedState(target, place);
  if (stored.checkpoint === null || !stored.complete || stored.resetting.length > 0) return 'behind';
  const position = target.journal.shared ? stored.checkpoint : (place?.checkpoint ?? stored.checkpoint);
  // Asked before anything is read here, which is for nothing where the server is away or has to be pulled from first.
  const start = await startAt(options, position, signal);
  if (start === 'behind') return 'behind';
  const { checkpoint, ask, lost } = start;
  const holdings = await holdingsOf(target, signal);
  const differences = await compare(ask, holdings);
  if ('kind' in differences) return 'behind';
  const repaired = await repairDifferences(
    { target: { ...target, generations: stored.generations }, ask, holdings },
    differences,
  );
  const state: PullState = { ...stored, checkpoint: lost === null ? stored.checkpoint : checkpoint };
  const positions = [...tampered, ...(lost ?? [])].map(
    (id): CheckFinding => ({ kind: 'position', id, repaired: true }),
  );
  return { from: stored, state, compared: holdings.table.size(), findings: [...positions, ...repaired] };
}

/** What is stored of the place; where this process knows better, that is what counts. */
async function storedState({ journal, datastore }: CheckOptions['target'], place: Place | null) {
  const stored = await readPullState(journal, datastore);
  const expected = journal.shared ? stored : (place?.state ?? stored);
  const scopes = new Set([...Object.keys(stored.checkpoint ?? {}), ...Object.keys(expected.checkpoint ?? {})]);
  const tampered = [...scopes].filter((scope) => textAt(stored, scope) !== textAt(expected, scope));
  return { stored: expected, tampered };
}

function textAt({ checkpoint, generations }: PullState, scope: string): string {
  return JSON.stringify([checkpoint?.[scope], generations[scope]]);
}

interface Start {
  readonly checkpoint: Checkpoint;
  readonly ask: Ask;
  /** Scopes whose position the server does not know; null where it knows them all. */
  readonly lost: readonly string[] | null;
}

/** Where to compare: at the position of the replica, or at the newest one where the server cannot go on from that. */
async function startAt(options: CheckOptions, checkpoint: Checkpoint, signal: AbortSignal): Promise<Start | 'behind'> {
  const ask = askAt(options, checkpoint, signal);
  const known = await ask({});
  if (known.kind === 'digests') return { checkpoint, ask, lost: null };
  // What the caller may not see any more a pull removes.
  if (known.kind === 'behind' || known.scopes.some(({ reason }) => reason === 'forbidden')) return 'behind';
  const answer = await askAt(options, null, signal)({});
  const newest = answer.kind === 'digests' ? answer.checkpoint : null;
  if (newest === null) return 'behind';
  return { checkpoint: newest, ask: askAt(options, newest, signal), lost: known.scopes.map(({ scope }) => scope) };
}

/** How to put questions about a datastore to the server, at one position. */
export function askAt(
  {
    target,
    transport,
    replica,
  }: Pick<CheckOptions, 'transport' | 'replica'> & { readonly target: { readonly datastore: AskedDatastore } },
  checkpoint: Checkpoint | null,
  signal: AbortSignal,
): Ask {
  const { name, version } = target.datastore;
  const reader = asReader(target.datastore, replica);
  const header = { protocol: PROTOCOL_VERSION, datastore: name, schemaVersion: version, ...reader, checkpoint };
  return ({ split = [], list = [], wanted = '', doubted = [] }) =>
    transport.digest({ ...header, split: [...split], list: [...list], wanted, doubted: [...doubted] }, signal);
}

type AskedDatastore = { readonly name: string; readonly version: number };
