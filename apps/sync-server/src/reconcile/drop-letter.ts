import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { StoredDocument } from '../store/document.ts';
import type { Link } from '../store/link.ts';
import type { OutboxRow } from '../store/outbox.ts';
import { forgetCreate } from './creates.ts';
import { createDraft, type Draft, planOf, putOff } from './draft.ts';
import { fieldOf, isSum, sameValue, setField, sumOf, unsentFields } from './field-rules.ts';
import { createKnownReferences } from './ids.ts';
import { type Letter, letterOf, letterRow } from './letters.ts';
import { type FrozenWrite, frozenOf } from './make-write.ts';
import { type Mapped, type MappedRecord, mapRecords } from './map-records.ts';
import { bodyOf, makeDocument, mergeRecord, quarantine } from './merge-record.ts';
import { noteRow, toldBy } from './note-row.ts';
import { pushReading } from './prepare.ts';
import { readKeys } from './recheck.ts';
import { remember } from './remember.ts';
import { recheckSetAside } from './set-aside.ts';
import { settleRows } from './settle-rows.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/**
 * What came of dropping a letter: `dropped`, with what became of the document, or `found`: its write had been applied after
 * all and counts as that. `taken`: the record was read and the document has what it says. `deleted`: the record is gone, and
 * the document with it. `brought-back`: its deletion was given up. `alone`: there is no record, or it waits for others or
 * does not fit, which is listed. `next`: what was changed since is told next.
 */
export interface Dropped {
  readonly is: 'dropped' | 'found';
  readonly document: 'taken' | 'deleted' | 'brought-back' | 'alone' | 'next';
  readonly letter: Letter;
}

/**
 * Gives a write up for good, so that its lane goes on. The record is read first and taken over where the write would have
 * changed it: the two sides agree then. Throws LETTER_UNKNOWN, or the SystemError of the reading; nothing is dropped then.
 */
export async function dropLetter(reach: SystemReach, stream: EngineStream, writeId: string): Promise<Dropped> {
  const row = await letterRow(reach.store, writeId);
  const letter = letterOf(row);
  const frozen = frozenOf(row);
  if (frozen !== null && (await wasApplied(reach, stream, { row, frozen }))) {
    return { is: 'found', document: 'taken', letter };
  }
  const { datastore, id } = row;
  const query = { system: reach.system, stream: stream.name, documents: [{ datastore, id }], scope: row.scope };
  const key = (await reach.store.links(query))[0]?.key ?? null;
  const mapped = key === null ? null : await readRecord(reach, stream, key);
  const isLast = (await reach.store.outboxOf(row.scope, row)).every((other) => !isBehind(other, row));
  const { scope } = row;
  const links = { system: reach.system, stream: stream.name, keys: key === null ? [] : [key] };
  const { result } = await reach.store.write({ scope, documents: [row], links }, (current) => {
    const draft = createDraft({ bound: stream, scope, current, reading: pushReading(reach, stream) });
    const refusal = row.refusal ?? { reason: 'It was given up on.' };
    draft.settle.push({ seq: row.seq, state: 'done', attempts: row.attempts, notBefore: 0, error: null, refusal });
    const told = frozen === null ? {} : toldBy(frozen);
    noteRow(draft, row, { kind: 'dropped', detail: { ...told, reason: letter.reason } });
    const document = decideDrop(draft, { row, frozen, mapped, isLast });
    return { ...planOf(draft, undefined), result: { draft, document } };
  });
  await remember(reach, stream, result.draft);
  forgetCreate(stream.memory.creates, row.seq);
  if (frozen?.write.op === 'create' && row.uncertain) await recheckSetAside(reach, stream, scope);
  return { is: 'dropped', document: result.document, letter };
}

interface UncertainRow {
  readonly row: OutboxRow;
  readonly frozen: FrozenWrite;
}

/** Asks for a write that may have been applied, and settles it as that if it was. */
async function wasApplied(reach: SystemReach, stream: EngineStream, { row, frozen }: UncertainRow): Promise<boolean> {
  const { find } = stream.stream;
  if (!row.uncertain || find === undefined) return false;
  const item = await reach.calls.call((context) => find.call(stream.stream, frozen.write, context));
  if (item === null) return false;
  const outcome = { is: 'applied', key: item.key, item } as const;
  const failure = await settleRows(reach, stream, [{ row, frozen, outcome, wasFound: true }]);
  if (failure !== null) throw failure;
  return true;
}

async function readRecord(reach: SystemReach, stream: EngineStream, key: string): Promise<Mapped | null> {
  const { items } = await readKeys(reach, stream, [key]);
  const known = createKnownReferences(reach.store, reach.bindings);
  return (await mapRecords(stream.binding, items, known))[0] ?? null;
}

interface Dropping {
  readonly row: OutboxRow;
  readonly frozen: FrozenWrite | null;
  readonly mapped: Mapped | null;
  /** Nothing waits behind the row. */
  readonly isLast: boolean;
}

function decideDrop(draft: Draft, dropping: Dropping): Dropped['document'] {
  const { row, mapped, isLast } = dropping;
  const link = draft.current.linkOf(row);
  const stored = draft.current.document(row);
  if (mapped === null || link === null || stored === null) return 'alone';
  if (mapped.is === 'gone') return isLast ? deleteWithRecord(draft, link, stored) : 'next';
  if (stored.deleted) {
    // Something behind says what the document is to be over there; a deletion that is last was given up.
    if (!isLast) return 'next';
    if (mapped.is !== 'record') return setAside(draft, mapped);
    return makeDocument(draft, mapped, { link, base: stored.version }) ? 'brought-back' : 'alone';
  }
  const { base, given } = givenUp(draft, link, { ...dropping, stored });
  const agreed = { ...link, base, gone: null };
  if (mapped.is === 'record') {
    // Where the record does not say a field, what both sides last agreed on holds.
    const fields = { ...mapped.fields, ...unsaidOf(link, given, mapped) };
    return mergeRecord(draft, { ...mapped, fields }, { link: agreed, stored, told: given }) ? 'taken' : 'alone';
  }
  draft.links.push(agreed);
  return setAside(draft, mapped);
}

/**
 * The base as if the write had been applied, and the fields that it gave up. A field that was changed again since is left
 * out: that change is told by the row behind.
 */
function givenUp(
  draft: Draft,
  link: Link,
  at: { readonly frozen: FrozenWrite | null; readonly stored: StoredDocument },
) {
  const { rules } = draft.bound;
  const here = bodyOf(draft, at.stored);
  const told: JsonObject =
    at.frozen?.sent ?? Object.fromEntries(unsentFields(rules, link, here).map((f) => [f, fieldOf(here, f) ?? null]));
  const base: Record<string, JsonValue | undefined> = { ...link.base };
  const given: Record<string, JsonValue | undefined> = {};
  for (const [field, value] of Object.entries(told)) {
    const rule = rules.get(field)?.rule;
    const isKept = sameValue(fieldOf(here, field), value) || (rule !== undefined && isSum(rule));
    if (!isKept) continue;
    setField(base, field, value);
    given[field] = value;
  }
  for (const [field, amount] of Object.entries(at.frozen?.amounts ?? {})) {
    const value = fieldOf(base, field);
    setField(base, field, sumOf(typeof value === 'number' ? value : 0, amount));
  }
  return { base, given };
}

/** The fields given up that the record does not say, as they were last agreed on. */
function unsaidOf(link: Link, given: JsonObject, { fields }: MappedRecord): JsonObject {
  const unsaid = Object.keys(given).filter((field) => fields[field] === undefined);
  return Object.fromEntries(unsaid.map((field) => [field, fieldOf(link.base, field) ?? null]));
}

function deleteWithRecord(draft: Draft, link: Link, stored: StoredDocument): Dropped['document'] {
  const { binding, author } = draft.bound;
  const { system, stream } = binding;
  if (link.gone === null) draft.links.push({ ...link, gone: draft.current.now });
  if (stored.deleted) return 'deleted';
  draft.documents.push({
    datastore: link.datastore,
    id: link.id,
    body: null,
    schemaVersion: binding.datastore.version,
    author,
    base: stored.version,
    from: { system, stream },
    why: { kind: 'deleted', stream, key: link.key ?? '', proof: 'point-read' },
  });
  draft.counts.deleted += 1;
  return 'deleted';
}

function setAside(draft: Draft, mapped: Exclude<Mapped, { readonly is: 'record' | 'gone' }>): 'alone' {
  if (mapped.is === 'unfit') quarantine(draft, mapped, mapped.reason);
  else {
    draft.parked.set(mapped.key, mapped.references);
    putOff(draft, mapped.key);
  }
  return 'alone';
}

function isBehind(other: OutboxRow, row: OutboxRow): boolean {
  return other.system === row.system && other.stream === row.stream && other.seq > row.seq;
}
