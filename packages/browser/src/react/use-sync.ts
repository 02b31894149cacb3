import { type SyncSource, type SyncState, syncState$, UNKNOWN_SYNC } from '../view/sync-state.ts';
import { useObservable } from './live.ts';

/** How the replication stands, in words that can be shown; see {@link SyncState}. */
export function useSync(stores: SyncSource): SyncState {
  return useObservable(syncState$(stores)).data ?? UNKNOWN_SYNC;
}
