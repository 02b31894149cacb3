import type { DatastoreError } from '../errors.ts';
import type { PullProgress } from '../replica/journal-entry.ts';
import type { CheckReport } from './check-report.ts';

/**
 * Where the replication of one datastore stands. Local reads and writes work in every state but `closed`.
 *
 * ```
 * starting ──cycle──► catching-up ──caught-up──► live
 *                        ▲  │                     │
 *                resumed │  └──unreachable──► offline ──cycle──► catching-up
 *                        ├── needs-sign-in ◄──refused-sign-in── (any)
 *                        └── stopped ◄──refused── (any)
 * ```
 */
export type StatusName = 'starting' | 'catching-up' | 'live' | 'offline' | 'needs-sign-in' | 'stopped' | 'closed';

/** State of one datastore's replication. Times in milliseconds since 1970. */
export interface Status {
  readonly state: StatusName;
  /** Documents pulled since catching up began, and how many the server says are still to come. */
  readonly pulled: number;
  readonly remaining: number;
  /**
   * How far the complete pull has come with which a replica begins, or starts over: documents, counted on from where it was
   * before the page was reloaded. Null as long as nothing has come.
   */
  readonly progress: PullProgress | null;
  /** When the replica last had everything that the server had; null: never yet. */
  readonly syncedAt: number | null;
  /** Why it is offline, needs a sign-in, or is stopped. */
  readonly error: DatastoreError | null;
  /** What came of the last comparison with the server since it was opened; null: none yet. */
  readonly checked: CheckReport | null;
}

/** What happens to a replication. */
export type StatusEvent =
  | { readonly type: 'cycle' }
  | {
      readonly type: 'progress';
      readonly pulled: number;
      readonly remaining: number;
      readonly progress: PullProgress | null;
    }
  | { readonly type: 'caught-up'; readonly at: number }
  | { readonly type: 'unreachable'; readonly error: DatastoreError }
  | { readonly type: 'refused-sign-in'; readonly error: DatastoreError }
  | { readonly type: 'refused'; readonly error: DatastoreError }
  | { readonly type: 'checked'; readonly report: CheckReport }
  | { readonly type: 'closed' };

/** The state before anything has happened. */
export const INITIAL_STATUS: Status = {
  state: 'starting',
  pulled: 0,
  remaining: 0,
  progress: null,
  syncedAt: null,
  error: null,
  checked: null,
};

/** The state after an event. Pure; a closed replication stays closed. */
export function nextStatus(status: Status, event: StatusEvent): Status {
  if (status.state === 'closed') return status;
  switch (event.type) {
    case 'cycle':
      // A live datastore that checks again is still live; it says so only when something fails.
      return status.state === 'live' ? status : { ...status, state: 'catching-up', pulled: 0, remaining: 0 };
    case 'progress':
      return {
        ...status,
        pulled: status.pulled + event.pulled,
        remaining: event.remaining,
        progress: event.progress,
      };
    case 'caught-up':
      return { ...status, state: 'live', remaining: 0, syncedAt: event.at, error: null };
    case 'unreachable':
      return { ...status, state: 'offline', error: event.error };
    case 'refused-sign-in':
      return { ...status, state: 'needs-sign-in', error: event.error };
    case 'refused':
      return { ...status, state: 'stopped', error: event.error };
    case 'checked':
      return { ...status, checked: event.report };
    case 'closed':
      return { ...status, state: 'closed' };
  }
}
