import type { Store } from '../store/store.ts';
import type { SystemState } from '../store/system-state.ts';
import type { Binding } from './binding.ts';
import type { Comparison } from './compare/comparison.ts';
import type { EventActivity, StreamActivity } from './memory.ts';
import { type Brake, loadScanState } from './scan-state.ts';
import type { SystemReach } from './system-reach.ts';

/** Everything an operator asks about external systems. */
export interface ReconcileStatus {
  readonly systems: readonly SystemStatus[];
  /** Records set aside, over all systems. */
  readonly quarantined: number;
}

/** One system. `error` says what keeps it from working, or what a person must decide. */
export interface SystemStatus extends SystemState {
  readonly streams: readonly StreamStatus[];
  /** What came of its webhooks and its broker. */
  readonly events: Readonly<EventActivity>;
  readonly outbox: readonly { readonly state: string; readonly rows: number; readonly oldestAt: number }[];
}

/** One stream of a system. */
export interface StreamStatus extends Readonly<StreamActivity> {
  readonly stream: string;
  readonly datastore: string;
  readonly links: number;
  /** True once something was pulled, so that the next pull goes on from there. */
  readonly hasCursor: boolean;
  /** Keys that wait to be read, because a notice named them or their last reading proved nothing. */
  readonly toRead: number;
  /** Records that wait for others to be linked. */
  readonly parked: number;
  /** When the last complete scan ended, milliseconds since 1970; null: never. */
  readonly lastScanAt: number | null;
  /** A scan that stopped because it would have deleted too much. */
  readonly brake: Brake | null;
  /** The newest comparison, under way or ended; null: none yet. */
  readonly comparison: Comparison | null;
}

/** Puts the status together from store and memory. */
export async function reconcileStatus(
  store: Store,
  systems: readonly { readonly reach: SystemReach; readonly state: SystemState; readonly maxWaiting: number }[],
): Promise<ReconcileStatus> {
  const { outbox, links, rechecks, quarantined } = await store.summary();
  const statuses = systems.map(async ({ reach, state, maxWaiting }): Promise<SystemStatus> => {
    const isOf = (stream: string) => (one: { readonly system: string; readonly stream: string }) =>
      one.system === reach.system && one.stream === stream;
    const streams = [...reach.streams.values()].map(async ({ name, binding, memory }): Promise<StreamStatus> => {
      const { brake, endedAt } = await loadScanState(store, binding);
      const comparison = await lastComparison(store, binding);
      const hasCursor = (await store.cursor(reach.system, name, 'changes')) !== null;
      const { activity, parked } = memory;
      const about = {
        stream: name,
        datastore: binding.datastore.name,
        links: links.find(isOf(name))?.links ?? 0,
        hasCursor,
      };
      const toRead = rechecks.find(isOf(name))?.keys ?? 0;
      return { ...activity, ...about, toRead, parked: parked.size, lastScanAt: endedAt, brake, comparison };
    });
    const listed = await Promise.all(streams);
    const rows = outbox.filter(({ system }) => system === reach.system).map(({ system: _system, ...row }) => row);
    const { events } = reach.memory;
    const error = state.error ?? brakeError(listed) ?? queueError(listed, maxWaiting) ?? feedError(events);
    return { ...state, error, streams: listed, events: { ...events }, outbox: rows };
  });
  return { systems: await Promise.all(statuses), quarantined };
}

/** The newest comparison of a stream, whether it repaired or only looked. */
export async function lastComparison(store: Store, binding: Binding): Promise<Comparison | null> {
  const [scanned, looked] = await Promise.all(
    (['scan', 'compare'] as const).map(async (kind) => (await loadScanState(store, binding, kind)).report),
  );
  if (!scanned || !looked) return scanned ?? looked ?? null;
  return scanned.startedAt > looked.startedAt ? scanned : looked;
}

function brakeError(streams: readonly StreamStatus[]): string | null {
  const braked = streams.find(({ brake }) => brake !== null);
  if (braked?.brake == null) return null;
  const { absent, living } = braked.brake;
  return `mass-delete brake: at least ${absent} of ${living} records of "${braked.stream}" are gone; nothing was deleted. If that is right, scan again and allow it.`;
}

function queueError(streams: readonly StreamStatus[], maxWaiting: number): string | null {
  const full = streams.find(({ toRead }) => toRead >= maxWaiting);
  if (full === undefined) return null;
  return `notices refused: ${full.toRead} records of "${full.stream}" wait to be read; senders are asked to come later.`;
}

function feedError({ state, error }: EventActivity): string | null {
  return error === null ? null : `feed ${state}: ${error}`;
}
