import { MAX_DOCUMENT_BYTES } from '@datastores/core/protocol';
import {
  canonicalJson,
  issuesOf,
  type JsonObject,
  type JsonValue,
  sameJson,
  upgradeDocument,
} from '@datastores/core/schema';
import type { StoredDocument } from '../store/document.ts';
import type { Why } from '../store/history.ts';
import type { AskedFields, Link } from '../store/link.ts';
import { applyRecord, fieldsOfRecord, type MergedRecord, type RecordMerge } from './apply-record.ts';
import { askedOf, sameAsked } from './asked-fields.ts';
import { changeTimes } from './change-times.ts';
import { type Draft, finish, noteRecord, recordKey } from './draft.ts';
import { type EffectiveRule, type FieldRules, unsentFields } from './field-rules.ts';
import { detailOf, noteUnchanged } from './history-of-merge.ts';
import type { MappedRecord } from './map-records.ts';
import { keptRecord } from './read-item.ts';

/** A link and the document it points at. */
export interface Linked {
  readonly link: Link;
  readonly stored: StoredDocument;
}

/** How a record meets a document. */
export interface Meeting extends Linked {
  /** They meet for the first time. */
  readonly first?: boolean;
  /** The record is what the system made of a write of ours that told these fields. */
  readonly told?: JsonObject;
}

/** Merges a record into a living document. False if the outcome cannot be stored and the record was set aside. */
export function mergeRecord(draft: Draft, record: MappedRecord, meeting: Meeting): boolean {
  const { link, stored, first = false, told } = meeting;
  const { binding } = draft.bound;
  const rules = told === undefined ? draft.bound.rules : answerRules(draft.bound.rules, told);
  const here = bodyOf(draft, stored);
  const sides = { base: link.base, document: here, record: record.fields, asked: link.asked };
  const times = changeTimes(stored, record, draft.reading);
  const merged = tryMerge(rules, { ...sides, first, times });
  const body = typeof merged === 'string' || merged.changed.length === 0 ? null : canonicalJson(merged.document);
  const problem =
    typeof merged === 'string' ? merged : body === null ? null : documentProblem(draft, merged.document, body);
  if (typeof merged === 'string' || problem !== null) {
    quarantine(draft, record, problem ?? '');
    return false;
  }
  const before = first ? [] : unsentFields(rules, link, here);
  const asked = askedOf(draft, link, merged);
  const untold = unsentFields(rules, { base: merged.base, asked }, merged.document).filter(
    (field) => !before.includes(field),
  );
  const tells = untold.length > 0 && binding.toRecord !== undefined;
  if (body !== null || tells) {
    const text = body ?? canonicalJson(merged.document);
    const why: Why = { kind: first ? 'adopted' : 'pulled', ...detailOf(draft, record, merged) };
    writeDocument(draft, { id: link.id, body: text, base: stored.version, tells, why });
  } else {
    noteUnchanged(draft, record, { id: link.id, merged, first });
    if (told === undefined) draft.counts.unchanged += 1;
  }
  moveLink(draft, record, { link, base: merged.base, asked, always: first || told !== undefined });
  return true;
}

/** A merge function of a binding may throw; that is the fault of one record and stops no other. */
function tryMerge(rules: FieldRules, merge: RecordMerge): MergedRecord | string {
  try {
    return applyRecord(rules, merge);
  } catch (error) {
    return `The merge failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Rules for the answer to a write: what the system made of a field that we own (rounded, trimmed, cut) is taken over
 * where nobody has changed it since. Else the difference would be pushed again for ever. Where the later change wins, the
 * time of such a record is that of our own write, and a change made here meanwhile is later whatever the clocks say.
 */
function answerRules(rules: FieldRules, told: JsonObject): FieldRules {
  let answered: Map<string, EffectiveRule> | null = null;
  for (const field of Object.keys(told)) {
    const { rule, outranked = false } = rules.get(field) ?? {};
    if (rule === undefined || ('from' in rule ? rule.from !== 'here' : rule.merge !== 'latest')) continue;
    answered ??= new Map(rules);
    answered.set(field, { rule: { merge: 'here' }, outranked });
  }
  return answered ?? rules;
}

/** The document that a record alone makes, e.g. for a record nobody knew. False if it was set aside. */
export function makeDocument(
  draft: Draft,
  record: MappedRecord,
  target: { readonly link: Link; readonly base: string | null },
): boolean {
  const id = target.link.id;
  const fields = fieldsOfRecord(draft.bound.rules, record.fields);
  const document = { ...fields, id };
  const body = canonicalJson(document);
  const problem = documentProblem(draft, document, body);
  if (problem !== null) {
    quarantine(draft, record, problem);
    return false;
  }
  const why: Why = { kind: 'pulled', ...detailOf(draft, record, { decisions: [], rules: {}, refused: {} }) };
  writeDocument(draft, { id, body, base: target.base, tells: false, why });
  moveLink(draft, record, { link: { ...target.link, gone: null }, base: fields, always: true });
  return true;
}

/** Sets a record aside with the reason. */
export function quarantine(
  draft: Draft,
  record: { readonly key: string; readonly record: JsonValue },
  reason: string,
): void {
  draft.quarantine.push({
    ...recordKey(draft, record.key),
    reason,
    record: keptRecord(record.record),
    at: draft.current.now,
  });
  noteRecord(draft, record.key, { kind: 'set-aside', detail: { reason } });
  if (draft.reading.rechecking) draft.rechecked.push(recordKey(draft, record.key));
}

/** A stored document as JSON of the newest schema version. */
export function bodyOf({ bound }: Pick<Draft, 'bound'>, stored: StoredDocument): JsonObject & { readonly id: string } {
  const body = JSON.parse(stored.body) as JsonObject & { readonly id: string };
  return upgradeDocument(bound.binding.datastore, body, stored.schemaVersion);
}

/** A new state of a document. */
export interface DocumentChangeOf {
  readonly id: string;
  /** Canonical JSON text. */
  readonly body: string;
  /** Version of the state it replaces. */
  readonly base: string | null;
  /**
   * True if the system must be told too. The store then makes a row in its outbox as for a change of any other author;
   * that is also why a document may be written without being changed.
   */
  readonly tells: boolean;
  readonly why: Why;
}

/** Adds the new state of a document to the draft. */
function writeDocument(draft: Draft, change: DocumentChangeOf): void {
  const { binding, author } = draft.bound;
  draft.documents.push({
    datastore: binding.datastore.name,
    id: change.id,
    body: change.body,
    schemaVersion: binding.datastore.version,
    author,
    base: change.base,
    from: change.tells ? null : { system: binding.system, stream: binding.stream },
    why: change.tells ? { ...change.why, tells: true } : change.why,
  });
  draft.counts.written += 1;
}

/** Why a document cannot be stored; null if it can. `body` is its text. */
export function documentProblem(
  { bound }: Pick<Draft, 'bound'>,
  document: JsonObject,
  body: string = canonicalJson(document),
): string | null {
  const issues = issuesOf(bound.binding.datastore, document);
  if (issues.length > 0) {
    const list = issues.map(({ path, message }) => `${path === '' ? 'the document' : path} ${message}`).join('; ');
    return `The mapped document does not fit the schema of "${bound.binding.datastore.name}": ${list}.`;
  }
  const bytes = Buffer.byteLength(body);
  return bytes > MAX_DOCUMENT_BYTES ? `The mapped document has ${bytes} bytes, more than ${MAX_DOCUMENT_BYTES}.` : null;
}

/** Keeps the record as it was read, where the binding says so. One that comes from what is kept is kept already. */
function keepRecord(draft: Draft, { key, version, raw, rawDigest }: MappedRecord): void {
  const { binding } = draft.bound;
  if (binding.keepRecords !== true || draft.reading.readTimes?.has(key)) return;
  draft.kept.push({ ...recordKey(draft, key), version, digest: rawDigest, readAt: draft.reading.readAt, record: raw });
}

/** Where a link moves to. */
export interface LinkMove {
  readonly link: Link;
  readonly base: JsonObject;
  /** What a person is asked about; default: nothing. */
  readonly asked?: AskedFields | null;
  /** Write the link even if nothing in it moved. */
  readonly always?: boolean;
  /** True if `base` does not hold what the record says. */
  readonly behind?: boolean;
}

/** Moves a link on to what the record says; nothing is written if nothing moved. */
export function moveLink(
  draft: Draft,
  record: MappedRecord,
  { link, base, asked = null, always = false, behind = false }: LinkMove,
): void {
  const seen = Math.max(link.seen, draft.reading.generation);
  // A digest vouches for the base: a comparison that finds it again does not read the record.
  const digest = behind || asked !== null ? null : record.digest;
  const moved: Link = { ...link, key: record.key, base, recordVersion: record.version, digest, asked, seen };
  keepRecord(draft, record);
  if (always || !isSameLink(link, moved)) draft.links.push(moved);
  finish(draft, record.key);
}

/** The base last: it is the only part that is long. */
function isSameLink(a: Link, b: Link): boolean {
  return (
    a.recordVersion === b.recordVersion &&
    a.seen === b.seen &&
    a.key === b.key &&
    a.digest === b.digest &&
    sameAsked(a.asked, b.asked) &&
    sameJson(a.base, b.base)
  );
}
