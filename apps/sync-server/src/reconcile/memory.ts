import type { OutboxRow } from '../store/outbox.ts';
import { type CreateMemory, createCreateMemory } from './creates.ts';
import type { DraftCounts } from './draft.ts';
import type { ScanKind } from './scan-state.ts';

/**
 * What the engine knows of one stream beside what the store keeps. Everything here can be lost: it is found again by
 * reading the store, or by trying once more.
 */
export interface StreamMemory {
  /** Generation of the newest scan. */
  generation: number;
  /** Records that wait for references: key to the names of those. Their keys are in the rechecks of the store. */
  readonly parked: Map<string, readonly string[]>;
  /** Keys of records that waited, and whose references have come or may have come since. */
  readonly unparked: Set<string>;
  /** True if rechecks were added that may succeed at once. */
  recheckDue: boolean;
  /** How long the records that are left from the last recheck are left alone; 0: none are. */
  recheckDelayMs: number;
  readonly creates: CreateMemory;
  /** How often in a row the system has failed to compute digests. */
  digestFailures: number;
  /** Comparisons that were begun and have not ended: they go on when the system is back. */
  readonly unfinished: Set<ScanKind>;
  /** Another mapping than before that is not everywhere yet; null: there is none. */
  remap: Remapping | null;
  readonly activity: StreamActivity;
}

/** A mapping that waits for an operator, and the stream with it, or that is being applied to kept records. */
export interface Remapping {
  readonly is: 'held' | 'applying';
  /** The mapping before. */
  readonly from: number;
  /** Records that it was applied to since the start. */
  done: number;
}

/** When a stream was last worked on and what came of it. Times in milliseconds since 1970; null: not since the start. */
export interface StreamActivity {
  pulledAt: number | null;
  pushedAt: number | null;
  scannedAt: number | null;
  /** Everything that was changed over there before this time has been read. */
  asOf: number | null;
  /** Documents written and deleted, and records found unchanged, since the start. */
  readonly pulled: DraftCounts;
  /** Writes applied over there since the start. */
  pushed: number;
  /** The comparison that is running, if one is. */
  comparing: ScanKind | null;
  /** The last failure that was no fault of the system: a bug in a connector or a mapping. */
  error: string | null;
}

/** A row of the outbox that cannot be sent before something is linked. */
export interface WaitingRow {
  readonly row: OutboxRow;
  readonly references: readonly string[];
}

/** Memory of one system over its streams. */
export interface SystemMemory {
  /** Names of quarantined records. */
  readonly quarantined: Set<string>;
  /** Rows that wait for links, by number, with the names of the references. */
  readonly waiting: Map<number, WaitingRow>;
  /** True if rows were sent and could not be settled: they are unknown before anything else is sent. */
  leftSent: boolean;
  readonly events: EventActivity;
}

/** What came of the webhooks and the broker of a system since the start. Times in milliseconds since 1970. */
export interface EventActivity {
  /** Of the feed of a broker; `off` where there is none. */
  state: 'off' | 'connecting' | 'listening' | 'waiting';
  /** Since when it is in this state; null where there is none. */
  since: number | null;
  /** Why the feed waits, or why the last delivery could not be stored. */
  error: string | null;
  noticedAt: number | null;
  taken: number;
  duplicates: number;
  /** Deliveries that can never be used, and why the last of them. */
  refused: number;
  lastRefusal: string | null;
}

/** A system nothing is known of. */
export function createSystemMemory(): SystemMemory {
  return {
    quarantined: new Set(),
    waiting: new Map(),
    leftSent: false,
    events: {
      state: 'off',
      since: null,
      error: null,
      noticedAt: null,
      taken: 0,
      duplicates: 0,
      refused: 0,
      lastRefusal: null,
    },
  };
}

/** A stream nothing is known of. */
export function createStreamMemory(): StreamMemory {
  return {
    generation: 0,
    parked: new Map(),
    unparked: new Set(),
    recheckDue: true,
    recheckDelayMs: 0,
    creates: createCreateMemory(),
    digestFailures: 0,
    unfinished: new Set(),
    remap: null,
    activity: {
      pulledAt: null,
      pushedAt: null,
      scannedAt: null,
      asOf: null,
      pulled: { written: 0, deleted: 0, unchanged: 0 },
      pushed: 0,
      comparing: null,
      error: null,
    },
  };
}
