import type { DocumentWrite } from '../store/document.ts';
import type { EventDetail, EventWrite, HistoryKind } from '../store/history.ts';
import type { KeptRecord } from '../store/kept-record.ts';
import type { Link } from '../store/link.ts';
import type { OutboxSettle } from '../store/outbox.ts';
import type { Current, QuarantinedRecord, RecordKey, WritePlan } from '../store/write.ts';
import type { BoundStream } from './bound-stream.ts';
import type { CreateMemory } from './creates.ts';
import type { Reference } from './ids.ts';

/** How records were read, which says what they prove. */
export interface Reading {
  /** When the reading began, milliseconds since 1970. */
  readonly readAt: number;
  /** Where records were read at times of their own, e.g. long ago: those times, by key. */
  readonly readTimes?: ReadonlyMap<string, number>;
  /** True for a point read: the only reading that proves a deletion or a return. */
  readonly exact: boolean;
  /** Generation of scan that links written now count as seen by. */
  readonly generation: number;
  /** Creates in doubt: a record nobody knows may be our own. */
  readonly creates: CreateMemory;
  /** True if the keys came from the list of rechecks and leave it when they are done. */
  readonly rechecking: boolean;
  /** True if the caller settles the lane of these records in the same write, so that it does not count as in flight. */
  readonly settling: boolean;
  /** Names of records that are in quarantine, as {@link recordName} writes them. */
  readonly quarantined: ReadonlySet<string>;
  /** Keys of records that waited for others, and were not decided since. */
  readonly parked: ReadonlySet<string>;
}

/** One write that is being decided: what is known, and what will be committed. */
export interface Draft {
  readonly bound: BoundStream;
  readonly scope: string;
  readonly current: Current;
  readonly reading: Reading;
  readonly documents: DocumentWrite[];
  readonly links: Link[];
  readonly kept: KeptRecord[];
  readonly events: EventWrite[];
  readonly settle: OutboxSettle[];
  readonly recheck: RecordKey[];
  readonly rechecked: RecordKey[];
  readonly quarantine: QuarantinedRecord[];
  readonly released: RecordKey[];
  /** Records that wait for references, by key. */
  readonly parked: Map<string, readonly Reference[]>;
  /** Documents that this write has already decided on; a second record for one of them comes later. */
  readonly touched: Set<string>;
  readonly counts: DraftCounts;
  readonly notes: DraftNote[];
}

/** What a write did, for status. */
export interface DraftCounts {
  written: number;
  deleted: number;
  unchanged: number;
}

/** Something an operator may want to read in the log. */
export interface DraftNote {
  readonly event: string;
  readonly key: string;
  readonly reason: string;
}

/** An empty draft over what the store loaded. */
export function createDraft(from: Pick<Draft, 'bound' | 'scope' | 'current' | 'reading'>): Draft {
  return {
    ...from,
    documents: [],
    links: [],
    kept: [],
    events: [],
    settle: [],
    recheck: [],
    rechecked: [],
    quarantine: [],
    released: [],
    parked: new Map(),
    touched: new Set(),
    counts: { written: 0, deleted: 0, unchanged: 0 },
    notes: [],
  };
}

/** The draft as the store takes it. */
export function planOf(draft: Draft, cursor: WritePlan<Draft>['cursor']): WritePlan<Draft> {
  const { documents, links, kept, events, settle, recheck, rechecked, quarantine, released } = draft;
  const plan = { documents, links, kept, events, settle, recheck, rechecked, quarantine, released, result: draft };
  return cursor === undefined ? plan : { ...plan, cursor };
}

/** Names a record of the draft's stream. */
export function recordKey({ bound }: Pick<Draft, 'bound'>, key: string): RecordKey {
  return { system: bound.binding.system, stream: bound.binding.stream, key };
}

/** One text for a record, for sets. */
export function recordName({ system, stream, key }: RecordKey): string {
  return JSON.stringify([system, stream, key]);
}

/**
 * True if a reading began before our last write to the record ended, and so proves nothing about it. A write that ended
 * later than now was noted by a clock that has been put back since: it is over.
 */
export function isStale({ reading, current }: Draft, link: Link): boolean {
  return readAtOf(reading, link.key) < link.syncedAt && link.syncedAt <= current.now;
}

/** When the reading of a record began, milliseconds since 1970. */
export function readAtOf({ readAt, readTimes }: Pick<Reading, 'readAt' | 'readTimes'>, key: string | null): number {
  return (key === null ? undefined : readTimes?.get(key)) ?? readAt;
}

/** Puts a record off: it is read again by its key later. */
export function putOff(draft: Draft, key: string): void {
  draft.recheck.push(recordKey(draft, key));
}

/** Notes that nothing more is to be done about a record, so that it leaves rechecks and quarantine. */
export function finish(draft: Draft, key: string): void {
  const { reading } = draft;
  const name = recordKey(draft, key);
  if (reading.rechecking) draft.rechecked.push(name);
  if (reading.parked.has(key)) noteRecord(draft, key, { kind: 'unparked', detail: {} });
  if (reading.quarantined.size === 0 || !reading.quarantined.has(recordName(name))) return;
  draft.released.push(name);
  noteRecord(draft, key, { kind: 'released', detail: {} });
}

/** Adds to the history of the document that a record is linked to. One that is linked to none has no history. */
export function noteRecord(
  draft: Draft,
  key: string,
  { kind, detail }: { readonly kind: HistoryKind; readonly detail: EventDetail },
): void {
  const link = draft.links.findLast((moved) => moved.key === key) ?? draft.current.linkByKey(key);
  if (link === null || link.scope !== draft.scope) return;
  const { binding, author: by } = draft.bound;
  const { datastore, id } = link;
  draft.events.push({ datastore, id, kind, by, detail: { stream: binding.stream, key, ...detail }, once: true });
}
