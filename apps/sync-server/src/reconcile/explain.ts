import { DatastoreError } from '@datastores/core';
import { type Datastore, type JsonDocument, type JsonObject, upgradeDocument } from '@datastores/core/schema';
import type { DocumentKey, StoredDocument } from '../store/document.ts';
import type { HistoryEvent } from '../store/history.ts';
import type { Link } from '../store/link.ts';
import type { OutboxState } from '../store/outbox.ts';
import type { Store } from '../store/store.ts';
import type { Binding } from './binding.ts';
import { type ExplainedField, explainFields } from './explain-fields.ts';
import { eventsOf, names } from './field-events.ts';
import { frozenOf } from './make-write.ts';
import type { SystemReach } from './system-reach.ts';
import { type UnusedRecord, unusedRecords } from './unused-records.ts';

/** Which document, and which field of it. */
export interface ExplainRequest {
  readonly datastore: Datastore;
  readonly id: string;
  /** Default: the one scope that knows the document. */
  readonly scope?: string;
  readonly field?: string;
}

/** All that is known of a document: its fields and why they are so, what is under way, and what happened to it. */
export interface Explanation {
  readonly datastore: string;
  readonly id: string;
  readonly scope: string;
  /** The document now; null where there is none, or no more. */
  readonly document: DocumentState | null;
  readonly fields: readonly ExplainedField[];
  /** What external systems have yet to be told, oldest first. */
  readonly pending: readonly PendingWrite[];
  readonly links: readonly LinkState[];
  /** Its records that wait for others, or cannot be used. */
  readonly unused: readonly UnusedRecord[];
  /** Oldest first. */
  readonly history: readonly HistoryEvent[];
}

/** Where a document stands. Times in milliseconds since 1970. */
export interface DocumentState {
  readonly version: string;
  readonly deleted: boolean;
  readonly author: string;
  readonly at: number;
}

/** A row of the outbox. One that is dead or under way holds its lane: what follows waits for it. */
export interface PendingWrite {
  readonly system: string;
  readonly stream: string;
  readonly state: OutboxState | 'held';
  readonly writeId: string;
  /** The fields that it tells; empty while it is computed only when it is sent. */
  readonly tells: readonly string[];
  readonly attempts: number;
  readonly since: number;
  readonly notBefore: number;
  readonly reason: string | null;
}

/** A record that the document is linked to. */
export interface LinkState {
  readonly system: string;
  readonly stream: string;
  /** Null: there is none yet. */
  readonly key: string | null;
  /** Since when the record or the document is deleted; null while both live. */
  readonly gone: number | null;
  readonly recordVersion: string | null;
}

/** What an explanation is made from. */
export interface ExplainParts {
  readonly store: Store;
  readonly bindings: readonly Binding[];
  readonly reaches: readonly SystemReach[];
}

/**
 * Puts together what is known of a document. Throws DOCUMENT_UNKNOWN where nothing is, or where several scopes know it and
 * none is named, and REQUEST_INVALID for a field that nothing is known of.
 */
export async function explain(parts: ExplainParts, request: ExplainRequest): Promise<Explanation> {
  const { store, reaches } = parts;
  const { datastore, id, field } = request;
  const key = { datastore: datastore.name, id };
  const place = { scope: request.scope ?? (await scopeOf(store, key)), ...key };
  const [stored, history, links, pending, unused] = await Promise.all([
    store.document(place.scope, place),
    store.history(place.scope, place),
    linksOf(store, parts.bindings, place),
    pendingOf(store, place),
    unusedRecords(store, reaches),
  ]);
  if (stored === null && history.length === 0) throw unknownDocument(key, place.scope);
  const bindings = parts.bindings.filter((binding) => binding.datastore.name === datastore.name);
  const body = stored === null || stored.deleted ? null : bodyOf(datastore, stored);
  const fields = explainFields({ datastore, body, bindings, history });
  if (field !== undefined) assertField(field, fields, history);
  const isOurs = (record: UnusedRecord) =>
    links.some(({ system, stream, key }) => system === record.system && stream === record.stream && key === record.key);
  return {
    ...place,
    document: stored === null ? null : stateOf(stored),
    fields: fields.filter((one) => field === undefined || one.field === field),
    pending: pending.filter(({ tells }) => field === undefined || tells.length === 0 || tells.includes(field)),
    links: links.map(({ system, stream, key, gone, recordVersion }) => ({ system, stream, key, gone, recordVersion })),
    unused: unused.filter(isOurs),
    history: field === undefined ? history : eventsOf(history, field),
  };
}

interface Place extends DocumentKey {
  readonly scope: string;
}

async function scopeOf(store: Store, key: DocumentKey): Promise<string> {
  const { scopes } = await store.summary();
  const found: string[] = [];
  for (const { scope } of scopes) {
    const isKnown = (await store.document(scope, key)) !== null || (await store.history(scope, key)).length > 0;
    if (isKnown) found.push(scope);
  }
  const [only, ...others] = found;
  if (only === undefined) throw unknownDocument(key);
  if (others.length === 0) return only;
  const { datastore, id } = key;
  throw new DatastoreError('DOCUMENT_UNKNOWN', `The scopes ${found.join(', ')} have a ${datastore} "${id}" each.`, {
    remedy: 'Name one of them with --scope.',
  });
}

function unknownDocument({ datastore, id }: DocumentKey, scope?: string): DatastoreError {
  const where = scope === undefined ? '' : ` in the scope "${scope}"`;
  return new DatastoreError('DOCUMENT_UNKNOWN', `There is no ${datastore} "${id}"${where}, and there never was one.`);
}

function assertField(field: string, fields: readonly ExplainedField[], history: readonly HistoryEvent[]): void {
  if (fields.some((one) => one.field === field) || history.some((event) => names(event, field))) return;
  const known = fields.map((one) => one.field).join(', ');
  throw new DatastoreError('REQUEST_INVALID', `Nothing is known of a field "${field}".`, {
    remedy: known === '' ? 'Leave the field out.' : `Use one of ${known}.`,
  });
}

async function linksOf(store: Store, bindings: readonly Binding[], place: Place): Promise<readonly Link[]> {
  const { scope, datastore } = place;
  const bound = bindings.filter((binding) => binding.datastore.name === datastore);
  const found = bound.map(({ system, stream }) => store.links({ system, stream, documents: [place], scope }));
  return (await Promise.all(found)).flat();
}

async function pendingOf(store: Store, place: Place): Promise<readonly PendingWrite[]> {
  const held = new Set<string>();
  return (await store.outboxOf(place.scope, place)).map((row) => {
    const { system, stream, writeId, attempts, notBefore, createdAt: since, error: reason } = row;
    const lane = JSON.stringify([system, stream]);
    const state = held.has(lane) ? 'held' : row.state;
    held.add(lane);
    const frozen = frozenOf(row);
    const tells = frozen === null ? [] : [...Object.keys(frozen.sent), ...Object.keys(frozen.amounts)];
    return { system, stream, state, writeId, tells, attempts, since, notBefore, reason };
  });
}

function bodyOf(datastore: Datastore, { body, schemaVersion }: StoredDocument): JsonObject {
  return upgradeDocument(datastore, JSON.parse(body) as JsonDocument, schemaVersion);
}

function stateOf({ version, deleted, author, at }: StoredDocument): DocumentState {
  return { version, deleted, author, at };
}
