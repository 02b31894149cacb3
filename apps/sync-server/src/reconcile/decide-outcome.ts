import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { OutboxRow } from '../store/outbox.ts';
import { decideDeletion } from './decide-deletion.ts';
import { decideRecord } from './decide-record.ts';
import { type Draft, putOff } from './draft.ts';
import { fieldOf, setField, sumOf } from './field-rules.ts';
import type { FrozenWrite } from './make-write.ts';
import type { Mapped } from './map-records.ts';
import { mergeRecord, quarantine } from './merge-record.ts';
import { newLink } from './new-link.ts';
import type { Settlement } from './settle.ts';

/** A row that was sent, what became of it, and the record as it is now over there, where it is known. */
export interface SettledRow {
  readonly row: OutboxRow;
  readonly frozen: FrozenWrite;
  readonly settlement: Settlement;
  /** Key of the record; null where there is none. */
  readonly key: string | null;
  readonly mapped: Mapped | null;
}

/** Decides what the outcome of a write means for its row, link and document, and adds that to the draft. */
export function decideOutcome(draft: Draft, settled: SettledRow): void {
  const { settlement, key, mapped } = settled;
  if (settlement.effect === 'none' || key === null) {
    draft.settle.push(settlement.settle);
  } else if (settlement.effect === 'applied') {
    decideApplied(draft, { ...settled, key });
  } else if (mapped?.is === 'gone') {
    decideGone(draft, { ...settled, key });
  } else {
    draft.settle.push(settlement.settle);
    if (mapped?.is === 'record') decideRecord(draft, mapped);
    else setAside(draft, key, mapped);
  }
}

type AppliedRow = SettledRow & { readonly key: string };

function decideApplied(draft: Draft, { row, frozen, settlement, key, mapped }: AppliedRow): void {
  const { current } = draft;
  const { write } = frozen;
  const known =
    current.linkOf(row) ?? newLink(draft, { id: row.id, ref: write.op === 'create' ? write.ref : undefined });
  // Two rows of one batch may be answered with the same key too.
  const other = draft.links.find((link) => link.key === key && link.gone === null) ?? current.linkByKey(key);
  if (other !== null && other.gone === null && other.id !== row.id) {
    const reason = `The record "${key}" is already linked to the document "${other.id}". Delete one of the two documents.`;
    draft.settle.push({ ...settlement.settle, state: 'dead', error: reason });
    return;
  }
  draft.settle.push(settlement.settle);
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
function decideGone(draft: Draft, { row, settlement, key }: AppliedRow): void {
  decideDeletion(draft, key);
  const deleted = draft.documents.some(({ id, body }) => id === row.id && body === null);
  if (deleted || (draft.current.document(row)?.deleted ?? true)) {
    draft.settle.push({
      ...settlement.settle,
      state: 'done',
      refusal: { reason: 'The record was deleted over there.' },
    });
    return;
  }
  const reason = `The record "${key}" was deleted over there while the document was changed here. Delete the document, or insert it under a new id.`;
  draft.settle.push({ ...settlement.settle, state: 'dead', error: reason });
}

/** The record could not be read or used right after the write: whoever comes next reads it again. */
function setAside(draft: Draft, key: string, mapped: Mapped | null): void {
  if (mapped?.is === 'unfit') {
    quarantine(draft, mapped, mapped.reason);
    return;
  }
  if (mapped?.is === 'waits') draft.parked.set(key, mapped.references);
  putOff(draft, key);
}
