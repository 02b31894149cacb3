import type { DatastoreError, DatastoresControl, OverallStatus, RejectedChange } from '@datastores/core';
import { combineLatest, distinctUntilChanged, map, type Observable, shareReplay, startWith } from 'rxjs';

/**
 * How things stand, in one word: everything is `synced` · changes are on their way (`syncing`) · the server cannot be reached
 * (`offline`), work goes on · somebody has to do something (`action-required`) · there is no server (`local`).
 */
export type SyncWord = 'synced' | 'syncing' | 'offline' | 'action-required' | 'local';

/** What a user wants to know of the replication. */
export interface SyncState {
  readonly state: SyncWord;
  /** Documents with changes that the server has not acknowledged. */
  readonly unpushed: number;
  /** Changes that ended without effect, and wait to be looked at. */
  readonly rejected: number;
  /** Documents still to be pulled, by what the server says. */
  readonly remaining: number;
  /** When the replica last had everything that the server had, milliseconds since 1970; null: never yet. */
  readonly syncedAt: number | null;
  /** True if a sign-in is what is needed. */
  readonly needsSignIn: boolean;
  /** Why it is offline, or what somebody has to deal with. */
  readonly error: DatastoreError | null;
}

/** What the state is made of. */
export type SyncSource = Pick<DatastoresControl, 'status$' | 'unpushed$' | 'rejected$'>;

/** The state before anything is known. */
export const UNKNOWN_SYNC: SyncState = {
  state: 'syncing',
  unpushed: 0,
  rejected: 0,
  remaining: 0,
  syncedAt: null,
  needsSignIn: false,
  error: null,
};

const known = new WeakMap<SyncSource, Observable<SyncState>>();

/** The state of open datastores, now and after every change of it. The same observable for the same datastores. */
export function syncState$(stores: SyncSource): Observable<SyncState> {
  const existing = known.get(stores);
  if (existing !== undefined) return existing;
  const state$ = combineLatest([
    stores.status$,
    stores.unpushed$,
    stores.rejected$.pipe(startWith<readonly RejectedChange[]>([])),
  ]).pipe(
    map(([status, unpushed, rejected]) => syncStateOf(status, { unpushed, rejected: rejected.length })),
    distinctUntilChanged(isSame),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  known.set(stores, state$);
  return state$;
}

/** Sums up what is known. Pure. */
export function syncStateOf(
  status: OverallStatus,
  { unpushed, rejected }: { readonly unpushed: number; readonly rejected: number },
): SyncState {
  const all = Object.values(status.datastores);
  const times = all.map(({ syncedAt }) => syncedAt);
  return {
    state: wordFor(status, { unpushed, rejected }),
    unpushed,
    rejected,
    remaining: status.remaining,
    syncedAt: times.length === 0 || times.includes(null) ? null : Math.min(...times.map((time) => time ?? 0)),
    needsSignIn: status.state === 'needs-sign-in',
    error: all.find(({ state, error }) => state === status.state && error !== null)?.error ?? null,
  };
}

function wordFor(
  { state, datastores }: OverallStatus,
  { unpushed, rejected }: { readonly unpushed: number; readonly rejected: number },
): SyncWord {
  if (state === 'stopped' || state === 'needs-sign-in' || rejected > 0) return 'action-required';
  if (Object.keys(datastores).length === 0) return 'local';
  if (state === 'offline' || state === 'closed') return 'offline';
  return state === 'live' && unpushed === 0 ? 'synced' : 'syncing';
}

function isSame(one: SyncState, other: SyncState): boolean {
  return (Object.keys(one) as (keyof SyncState)[]).every((field) => one[field] === other[field]);
}
