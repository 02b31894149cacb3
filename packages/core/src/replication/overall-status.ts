import type { PullProgress } from '../replica/journal-entry.ts';
import type { Status, StatusName } from './status.ts';

/** The replication of all datastores of a replica, in one. */
export interface OverallStatus {
  /** The state that most needs attention among the datastores. */
  readonly state: StatusName;
  readonly datastores: Readonly<Record<string, Status>>;
  /** Documents pulled and still to come, summed up. */
  readonly pulled: number;
  readonly remaining: number;
  /** How far the complete pulls have come with which replicas begin, summed up over those of which something is known. */
  readonly progress: PullProgress;
}

/** From what needs a person, over what passes by itself, to what is fine. */
const BY_ATTENTION: readonly StatusName[] = [
  'closed',
  'stopped',
  'needs-sign-in',
  'offline',
  'starting',
  'catching-up',
  'live',
];

/** Sums up the states of the datastores. Pure. */
export function overallStatus(datastores: Readonly<Record<string, Status>>): OverallStatus {
  const all = Object.values(datastores);
  const state = BY_ATTENTION.find((name) => all.some((status) => status.state === name)) ?? 'starting';
  const sum = (field: 'pulled' | 'remaining') => all.reduce((total, status) => total + status[field], 0);
  const first = (field: keyof PullProgress) => all.reduce((total, { progress }) => total + (progress?.[field] ?? 0), 0);
  const progress = { done: first('done'), total: first('total') };
  return { state, datastores, pulled: sum('pulled'), remaining: sum('remaining'), progress };
}
