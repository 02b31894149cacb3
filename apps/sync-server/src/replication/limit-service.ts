import { DatastoreError } from '@datastores/core';
import type { Caller, ReplicationService } from '@datastores/core/protocol';
import type { Clock } from '../clock.ts';
import { createAllowance } from './allowance.ts';

/** How much of a server its callers get. */
export interface ServiceLimits {
  /** Open streams of one subject. */
  readonly streamsPerSubject: number;
  /** Pulls, pushes and comparisons that are answered at the same time; whoever comes beyond that is asked to come later. */
  readonly requestsAtOnce: number;
  /** Characters of rows that one replica may push in a minute; null: as many as it can. */
  readonly pushedPerMinute: number | null;
}

/** Times after which who was sent away comes again, in milliseconds: spread, so that a herd does not come back as one. */
const BUSY_MIN_MS = 500;
const BUSY_SPREAD_MS = 4_000;

/**
 * The same service within limits. What is beyond them is refused with SERVER_BUSY and the time to wait, before any of it is
 * parsed, so that no caller, replica or herd takes the server from the others.
 */
export function limitService(
  service: ReplicationService,
  limits: ServiceLimits,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
): ReplicationService {
  const streams = new Map<string, number>();
  const pushed = limits.pushedPerMinute === null ? null : createAllowance(limits.pushedPerMinute, clock);
  let underWay = 0;

  async function admitted<T>(work: () => Promise<T>): Promise<T> {
    if (underWay >= limits.requestsAtOnce) {
      throw busy('Too many requests are under way.', BUSY_MIN_MS + Math.floor(random() * BUSY_SPREAD_MS));
    }
    underWay += 1;
    try {
      return await work();
    } finally {
      underWay -= 1;
    }
  }

  async function* counted(caller: Caller, open: () => ReturnType<ReplicationService['changes']>) {
    const { subject } = caller;
    const before = streams.get(subject) ?? 0;
    if (before >= limits.streamsPerSubject) {
      throw busy(`The subject has ${before} open streams, as many as it may.`, 30_000);
    }
    streams.set(subject, before + 1);
    try {
      yield* open();
    } finally {
      const left = (streams.get(subject) ?? 1) - 1;
      if (left === 0) streams.delete(subject);
      else streams.set(subject, left);
    }
  }

  return {
    info: service.info,
    pull: (request, caller) => admitted(() => service.pull(request, caller)),
    note: (request, caller) => admitted(() => service.note(request, caller)),
    digest: (request, caller) => admitted(() => service.digest(request, caller)),
    async push(request, caller) {
      const waitMs = pushed?.take(request.replica, request.rows.length) ?? 0;
      if (waitMs > 0) throw busy('The replica pushes more than it may in a minute.', waitMs);
      return admitted(() => service.push(request, caller));
    },
    changes: (request, caller, signal) => counted(caller, () => service.changes(request, caller, signal)),
  };
}

function busy(message: string, retryAfterMs: number): DatastoreError {
  return new DatastoreError('SERVER_BUSY', message, { retryAfterMs });
}
