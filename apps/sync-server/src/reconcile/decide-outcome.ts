import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { EventDetail, HistoryKind } from '../store/history.ts';
import type { OutboxRow, OutboxSettle } from '../store/outbox.ts';
import { decideDeletion } from './decide-deletion.ts';
import { decideRecord } from './decide-record.ts';
import { type Draft, putOff } from './draft.ts';
import { fieldOf, setField, sumOf } from './field-rules.ts';
import type { FrozenWrite } from './make-write.ts';
import type { Mapped } from './map-records.ts';
import { mergeRecord, quarantine } from './merge-record.ts';
import { newLink } from './new-link.ts';
import { noteRow, toldBy } from './note-row.ts';
import type { SettledOutcome, Settlement } from './settle.ts';

/** A row that was sent, what became of it, and the record as it is now over there, where it is known. */
export interface SettledRow {
  readonly row: OutboxRow;
  readonly frozen: FrozenWrite;
  readonly outcome: SettledOutcome;
  readonly wasFound: boolean;
  readonly repeated: 'not-found' | 'harmless' | undefined;
  readonly settlement: Settlement;
  /** Key of the record; null where there is none. */
  readonly key: string | null;
  readonly mapped: Mapped | null;
}

/** Decides what the outcome of a write means for its row, link and document, and adds that to the draft. */
export function decideOutcome(draft: Draft, settled: SettledRow): void {
  const { settlement, key, mapped } = settled;
  if (settlement.effect === 'none' || key === null) {
    settleRow(draft, settled);
  } else if (settlement.effect === 'applied') {
    decideApplied(draft, { ...settled, key });
  } else if (mapped?.is === 'gone') {
    decideGone(draft, { ...settled, key });
  } else {
    settleRow(draft, settled);
    if (mapped?.is === 'record') decideRecord(draft, mapped);
    else setAside(draft, key, mapped);
  }
}

type AppliedRow = SettledRow & { readonly key: string };

function decideApplied(draft: Draft, settled: AppliedRow): void {
  const { row, frozen, key, mapped } = settled;
  const { current } = draft;
  const { write } = frozen;
  const known =
    current.linkOf(row) ?? newLink(draft, { id: row.id, ref: write.op === 'create' ? write.ref : undefined });
  // Two rows of one batch may be answered with the same key too.
  const other = draft.links.find((link) => link.key === key && link.gone === null) ?? current.linkByKey(key);
  if (other !== null && other.gone === null && other.id !== row.id) {
    const reason = `The record "${key}" is already linked to the document "${other.id}". Delete one of the two documents.`;
    settleRow(draft, settled, { state: 'dead', error: reason });
    return;
  }
  settleRow(draft, settled);
  if (write.op === 'delete') {
    draft.links.push({ ...known, gone: current.now, syncedAt: current.now });
    return;
  }
  const base = advanceBase(known.base, frozen);
  const seen = Math.max(known.seen, draft.reading.generation);
  const link = {
    ...known,
    key: known.key ?? key,
    base,
    recordVersion: null,
    digest: null,
    seen,
    gone: null,
    syncedAt: current.now,
  };
  const stored = current.document(row);
  if (mapped?.is === 'record') {
    if (stored === null || stored.deleted) draft.links.push({ ...link, recordVersion: mapped.version });
    else if (!mergeRecord(draft, mapped, { link, stored, told: frozen.sent })) draft.links.push(link);
    return;
  }
  draft.links.push(link);
  setAside(draft, link.key, mapped);
}

/** The base after a write: both sides now agree on what it told. */
function advanceBase(before: JsonObject, { sent, amounts }: Pick<FrozenWrite, 'sent' | 'amounts'>): JsonObject {
  const base: Record<string, JsonValue | undefined> = { ...before };
  for (const [field, value] of Object.entries(sent)) setField(base, field, value);
  for (const [field, amount] of Object.entries(amounts)) {
    const value = fieldOf(base, field);
    setField(base, field, sumOf(typeof value === 'number' ? value : 0, amount));
  }
  return base;
}

/** The record is gone, and the document has changes for it: it stays, and the row says why it was not sent. */
function decideGone(draft: Draft, settled: AppliedRow): void {
  const { row, key } = settled;
  decideDeletion(draft, key);
  const deleted = draft.documents.some(({ id, body }) => id === row.id && body === null);
  if (deleted || (draft.current.document(row)?.deleted ?? true)) {
    settleRow(draft, settled, { state: 'done', refusal: { reason: 'The record was deleted over there.' } });
    return;
  }
  const reason = `The record "${key}" was deleted over there while the document was changed here. Delete the document, or insert it under a new id.`;
  settleRow(draft, settled, { state: 'dead', error: reason });
}

/** Settles the row and notes it in the history of its document. */
function settleRow(draft: Draft, settled: SettledRow, over: Partial<OutboxSettle> = {}): void {
  const { row, frozen, settlement, key, outcome, wasFound, repeated } = settled;
  const settle = { ...settlement.settle, ...over };
  draft.settle.push(settle);
  const isDead = settle.state === 'dead';
  const kind = isDead ? 'dead' : wasFound ? 'found' : KINDS[outcome.is];
  const detail: EventDetail = {
    ...toldBy(frozen),
    ...(key === null ? {} : { key }),
    ...(repeated === undefined ? {} : { repeated }),
    ...(settle.attempts > 0 ? { attempts: settle.attempts } : {}),
    ...(settle.error === null ? {} : { reason: settle.error }),
    ...(typeof settle.field === 'string' ? { field: settle.field } : {}),
  };
  noteRow(draft, row, { kind, detail });
}

const KINDS: Readonly<Record<SettledOutcome['is'], HistoryKind>> = {
  applied: 'applied',
  conflict: 'changed-there',
  missing: 'missing',
  rejected: 'dead',
  retry: 'retry',
  unknown: 'unknown',
};

/** The record could not be read or used right after the write: whoever comes next reads it again. */
function setAside(draft: Draft, key: string, mapped: Mapped | null): void {
  if (mapped?.is === 'unfit') {
    quarantine(draft, mapped, mapped.reason);
    return;
  }
  if (mapped?.is === 'waits') draft.parked.set(key, mapped.references);
  putOff(draft, key);
}
