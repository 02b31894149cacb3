import { changedFields } from '../changed-fields.ts';
import type { DecisionRecord, DocumentKey, StoredDocument } from '../document.ts';
import type { EventDetail, EventWrite, FieldDecided, HistoryEvent, HistoryKind, Why } from '../history.ts';

/** An event as it is kept. */
export interface EventRow extends DocumentKey {
  readonly scope: string;
  readonly kind: HistoryKind;
  readonly at: number;
  readonly author: string;
  readonly seq: number | null;
  /** 1: single fields were decided. */
  readonly decided: 0 | 1;
  /** JSON. */
  readonly detail: string;
}

/** What is kept as text of an event. `replaced` is short, since every change of a document has it. */
interface Kept extends EventDetail {
  readonly changed?: HistoryEvent['changed'];
  readonly replaced?: readonly [by: string, at: number, seq: number, deleted: 0 | 1, first: 0 | 1];
}

/** The event of a state that took the place of another; null for a first state, which says all of itself. */
export function stateEvent(
  after: StoredDocument,
  before: StoredDocument | null,
  why: Why | undefined,
): EventRow | null {
  if (before === null && why?.decisions === undefined) return null;
  const { scope, datastore, id, at, author, seq } = after;
  const kind = why?.kind ?? (after.deleted ? 'deleted' : author.startsWith('@') ? 'pulled' : 'accepted');
  const decided = why?.decisions === undefined ? 0 : 1;
  return { scope, datastore, id, kind, at, author, seq, decided, detail: stateText(after, before, why) };
}

/** An event that made no state. */
export function plainEvent(scope: string, event: EventWrite, at: number): EventRow {
  const { datastore, id, kind, by: author, detail } = event;
  const decided = detail.decisions === undefined ? 0 : 1;
  return { scope, datastore, id, kind, at, author, seq: null, decided, detail: JSON.stringify(detail) };
}

/** True if the newest event of a document says what another one does. */
export function saysTheSame(newest: Pick<EventRow, 'kind' | 'author' | 'detail'> | null, event: EventRow): boolean {
  return newest?.kind === event.kind && newest.author === event.author && newest.detail === event.detail;
}

/** An event out of what is kept. */
export function eventOf({ scope, datastore, id, kind, at, author: by, seq, detail: text }: EventRow): HistoryEvent {
  const { changed = null, replaced: before, ...detail } = JSON.parse(text) as Kept;
  const replaced =
    before === undefined
      ? null
      : { by: before[0], at: before[1], seq: before[2], deleted: before[3] === 1, first: before[4] === 1 };
  return { scope, datastore, id, kind, at, by, seq, replaced, changed, ...detail };
}

/** The decisions on single fields in events, newest first. */
export function decisionsOf(rows: readonly EventRow[]): DecisionRecord[] {
  return rows.flatMap((row) => {
    const decisions = (JSON.parse(row.detail) as Kept).decisions ?? [];
    return [...decisions].reverse().map((one) => decisionOf(row, one));
  });
}

function stateText(after: StoredDocument, before: StoredDocument | null, why: Why | undefined): string {
  const parts: string[] = [];
  if (before !== null) {
    const { author, at, seq, deleted, base } = before;
    const flags = `${deleted ? 1 : 0},${base === null ? 1 : 0}`;
    parts.push(`"replaced":[${JSON.stringify(author)},${at},${seq},${flags}]`);
    // Of what was or is deleted every field would have changed.
    if (!before.deleted && !after.deleted) parts.push(`"changed":${changedFields(before.body, after.body)}`);
  }
  if (why !== undefined) {
    const { kind: _kind, ...detail } = why;
    const text = JSON.stringify(detail);
    if (text.length > 2) parts.push(text.slice(1, -1));
  }
  return `{${parts.join(',')}}`;
}

/** An absent side is kept apart from one that is null. */
function decisionOf(row: EventRow, { field, rule, base, server, proposed, result }: FieldDecided): DecisionRecord {
  const { scope, datastore, id, author: by, at } = row;
  return { scope, datastore, id, field, rule, by, base, server, proposed, result, at };
}
