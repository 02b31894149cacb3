import type { Poke } from '../protocol/changes.ts';
import type { Checkpoint } from '../protocol/checkpoint.ts';
import { type PulledRow, parsePulledRows } from '../protocol/pulled-rows.ts';
import { notReached } from '../replica/acknowledged.ts';
import type { PullState } from '../replica/journal-entry.ts';
import { type ApplyTarget, applyPage } from './apply-page.ts';
import { follow, lacksScope } from './follow.ts';
import { letOthersRun } from './let-others-run.ts';
import { beginPull } from './pull-writes.ts';

/** How far a datastore is. */
export interface Place {
  /** What is stored of it. */
  readonly state: PullState;
  /** Where it is: ahead of what is stored by steps that brought it nothing. */
  readonly checkpoint: Checkpoint;
  /** When `state` was stored, milliseconds by the clock of the target. */
  readonly storedAt: number;
}

/** After so long what is stored is brought up to where the datastore is, so that it does not fall behind what the server remembers. */
const STORE_AFTER_MS = 600_000;

/** The place of a datastore that has been pulled; null if its pull has not come to an end, so that pokes cannot go on from it. */
export function placeOf(state: PullState, storedAt: number): Place | null {
  const { checkpoint, complete, resetting } = state;
  return checkpoint === null || !complete || resetting.length > 0 ? null : { state, checkpoint, storedAt };
}

/** The place after an exchange. Where it only pushed, steps that brought nothing are not to be followed again. */
export function placeAfter(before: Place | null, state: PullState, now: number): Place | null {
  if (before === null || !isSamePull(before.state, state)) return placeOf(state, now);
  return { ...before, state };
}

function isSamePull({ acknowledged: _, ...before }: PullState, { acknowledged: __, ...after }: PullState): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

/**
 * Applies what pokes bring, as pages are, as far as they go on from a place. Returns where the datastore is then, and
 * whether there is more to pull. Resolves when what it wrote is durable.
 */
export async function applyPokes(
  target: Omit<ApplyTarget, 'generations'>,
  place: Place,
  pokes: readonly Poke[],
): Promise<{ readonly place: Place; readonly pull: boolean }> {
  const isLost = pokes.some(
    ({ all, steps }) => all && lacksScope({ ...place.checkpoint, ...place.state.acknowledged }, steps),
  );
  const steps = pokes.flatMap((poke) => poke.steps);
  const acknowledged = notReached(place.state.acknowledged, place.checkpoint);
  const from = { checkpoint: place.checkpoint, acknowledged };
  const { texts, checkpoint, pull } = follow(from, steps, target.datastore.name);
  const rows = newestRows(texts);
  if (isLost || rows === null) return { place, pull: true };
  const now = target.now();
  if (texts.length === 0 && now - place.storedAt < STORE_AFTER_MS) return { place: { ...place, checkpoint }, pull };
  const state: PullState = { ...place.state, checkpoint, acknowledged: notReached(acknowledged, checkpoint) };
  const writes = beginPull(target, false);
  const written = await applyPage({ ...target, generations: state.generations }, rows, writes);
  await writes.save(state, place.state);
  // The replica's own changes come back too: then nothing was written that anybody waits for. Others that wait in this
  // process, their pokes too, go before the disk: what is lost with the process is on the server and comes again.
  if (written > 0) {
    await letOthersRun();
    await writes.flush();
  }
  return { place: { state, checkpoint, storedAt: now }, pull };
}

/** A page holds a document once, several steps may hold it more often. Null if one of them is no list of rows: a pull tells why. */
function newestRows(texts: readonly string[]): readonly PulledRow[] | null {
  try {
    if (texts.length === 1) return parsePulledRows(texts[0] as string);
    const rows = new Map<string, PulledRow>();
    for (const row of texts.flatMap(parsePulledRows)) {
      const id = 'del' in row ? row.del : row.doc.id;
      rows.delete(id);
      rows.set(id, row);
    }
    return [...rows.values()];
  } catch {
    return null;
  }
}
