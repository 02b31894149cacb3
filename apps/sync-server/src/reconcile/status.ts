import type { Store } from '../store/store.ts';
import type { SystemState } from '../store/system-state.ts';
import type { StreamActivity } from './memory.ts';
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
  readonly outbox: readonly { readonly state: string; readonly rows: number; readonly oldestAt: number }[];
}

/** One stream of a system. */
export interface StreamStatus extends Readonly<StreamActivity> {
  readonly stream: string;
  readonly datastore: string;
  readonly links: number;
  /** True once something was pulled, so that the next pull goes on from there. */
  readonly hasCursor: boolean;
  /** Records that wait for others to be linked. */
  readonly parked: number;
  /** When the last complete scan ended, milliseconds since 1970; null: never. */
  readonly lastScanAt: number | null;
  /** A scan that stopped because it would have deleted too much. */
  readonly brake: Brake | null;
}

/** Puts the status together from store and memory. */
export async function reconcileStatus(
  store: Store,
  systems: readonly { readonly reach: SystemReach; readonly state: SystemState }[],
): Promise<ReconcileStatus> {
  const { outbox, links, quarantined } = await store.summary();
  const statuses = systems.map(async ({ reach, state }): Promise<SystemStatus> => {
    const count = (stream: string) =>
      links.find((one) => one.system === reach.system && one.stream === stream)?.links ?? 0;
    const streams = [...reach.streams.values()].map(async ({ name, binding, memory }): Promise<StreamStatus> => {
      const { brake, endedAt } = await loadScanState(store, binding);
      const hasCursor = (await store.cursor(reach.system, name, 'changes')) !== null;
      const { activity, parked } = memory;
      const about = { stream: name, datastore: binding.datastore.name, links: count(name), hasCursor };
      return { ...activity, ...about, parked: parked.size, lastScanAt: endedAt, brake };
    });
    const listed = await Promise.all(streams);
    const rows = outbox.filter(({ system }) => system === reach.system).map(({ system: _system, ...row }) => row);
    return { ...state, error: state.error ?? brakeError(listed), streams: listed, outbox: rows };
  });
  return { systems: await Promise.all(statuses), quarantined };
}

function brakeError(streams: readonly StreamStatus[]): string | null {
  const braked = streams.find(({ brake }) => brake !== null);
  if (braked?.brake == null) return null;
  const { absent, living } = braked.brake;
  return `mass-delete brake: at least ${absent} of ${living} records of "${braked.stream}" are gone; nothing was deleted. If that is right, scan again and allow it.`;
}
