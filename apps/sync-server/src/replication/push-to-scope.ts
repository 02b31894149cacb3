import { type DatastoreErrorCode, ERROR_CODES } from '@datastores/core';
import { type Position, type PushOutcome, parseVersion } from '@datastores/core/protocol';
import { canonicalJson, type Datastore, type JsonDocument } from '@datastores/core/schema';
import type { Log } from '../log.ts';
import type { Counted, DocumentWrite, StoredDocument } from '../store/document.ts';
import type { EventWrite } from '../store/history.ts';
import type { ReceiptClaim } from '../store/receipt.ts';
import type { Store } from '../store/store.ts';
import type { Current } from '../store/write.ts';
import { type PushedChange, seenIn } from './change.ts';
import { decide, type MetState, type Verdict } from './decide.ts';
import { documentOf } from './document-text.ts';
import type { Forbids } from './forbids.ts';
import { eventOf, whyOf } from './history-of-push.ts';
import { outcomeOf } from './outcome.ts';

/** The scope that changes go to, and how far their replica has pulled it. */
export interface ScopePush {
  readonly store: Store;
  readonly log: Log;
  readonly datastore: Datastore;
  readonly scope: string;
  readonly pulledTo: number;
  /** The replica that is to have the receipts. */
  readonly reader: string;
  /** Schema version of the replica. */
  readonly schemaVersion: number;
  readonly forbids: Forbids | null;
}

/** The outcomes of changes, and the newest position in the feed of their scope that they rest on; null if on none. */
export interface Pushed {
  readonly outcomes: readonly PushOutcome[];
  readonly position: Position | null;
}

/** Decides and commits changes of different documents of one scope in one write. One outcome for each, in order. */
export async function pushToScope(target: ScopePush, changes: readonly PushedChange[]): Promise<Pushed> {
  const { store, datastore, scope } = target;
  const keys = changes.map(({ id }) => ({ datastore: datastore.name, id }));
  const replica = changes[0]?.replica ?? '';
  const { result: decided, documents } = await store.write({ scope, documents: keys, replica }, (current) => {
    const { epoch } = store;
    const decided = changes.map((change) => decideOne(target, { change, current, epoch }));
    return { ...planOf(target, decided), receipts: receiptsFor(target, decided), result: decided };
  });
  let written = 0;
  const states = decided.map(({ stored, verdict }) =>
    verdict.kind === 'write' ? (documents[written++] ?? null) : stored,
  );
  const outcomes = decided.map(({ change, verdict }, index) => {
    const state = states[index] ?? null;
    return outcomeOf({ datastore, scope, schemaVersion: target.schemaVersion, change, verdict, state });
  });
  return { outcomes, position: newestPosition(store, states) };
}

/** What was not refused has led to the state that is stored now, whether this push wrote it or one before. */
function receiptsFor({ datastore, reader: replica }: ScopePush, decided: readonly Decided[]): readonly ReceiptClaim[] {
  return decided.flatMap(({ change, stored, verdict }) => {
    if (verdict.kind === 'refuse') return [];
    const version = verdict.kind === 'write' ? null : (stored?.version ?? null);
    return [{ datastore: datastore.name, id: change.id, replica, version }];
  });
}

/** Where the newest state stands in the feed. Its version may be of an epoch before: number and tag still hold. */
function newestPosition({ epoch }: Store, states: readonly (StoredDocument | null)[]): Position | null {
  const newest = states.reduce((a, b) => (b === null || (a !== null && a.seq >= b.seq) ? a : b), null);
  const tag = newest === null ? undefined : parseVersion(newest.version)?.tag;
  return newest === null || tag === undefined ? null : { epoch, seq: newest.seq, tag };
}

interface Decided {
  readonly change: PushedChange;
  readonly stored: StoredDocument | null;
  readonly verdict: Verdict;
}

interface Meeting {
  readonly change: PushedChange;
  readonly current: Current;
  readonly epoch: string;
}

function decideOne(target: ScopePush, { change, current, epoch }: Meeting): Decided {
  const { datastore, pulledTo, schemaVersion, forbids } = target;
  const key = { datastore: datastore.name, id: change.id };
  const stored = current.document(key);
  try {
    const verdict = decide({
      datastore,
      change,
      stored: stored === null ? null : metState(datastore, stored),
      credit: current.counted(key),
      overtaken: () => current.overtaken(key),
      epoch,
      floor: current.floor,
      pulledTo,
      forbids,
      asSeen: seenIn(datastore, schemaVersion),
    });
    return { change, stored, verdict };
  } catch (error) {
    // A merge rule or a version step of the declaration threw: this row is refused with it, the others go on.
    target.log.error('push-decision-failed', { datastore: datastore.name, id: change.id, error });
    const code: DatastoreErrorCode = 'SERVER_FAILED';
    const message = `${ERROR_CODES[code].cause} A rule of the datastore fails on this document.`;
    return { change, stored, verdict: { kind: 'refuse', is: 'rejected', code, message, decisions: [], credit: null } };
  }
}

function metState(datastore: Datastore, stored: StoredDocument): MetState {
  const { seq, version, deleted, author, base } = stored;
  let parsed: JsonDocument | null = null;
  const document = () => {
    parsed ??= documentOf(datastore, stored);
    return parsed;
  };
  const text = stored.schemaVersion === datastore.version ? stored.body : null;
  return { seq, version, deleted, author, base, document, text };
}

function planOf(target: ScopePush, decided: readonly Decided[]) {
  const documents: DocumentWrite[] = [];
  const counted: Counted[] = [];
  const events: EventWrite[] = [];
  const { name: datastore, version: schemaVersion } = target.datastore;
  for (const { change, verdict } of decided) {
    const { id, replica } = change;
    if (verdict.kind === 'write') {
      const { document, text, base } = verdict;
      const body = document === null ? null : (text ?? canonicalJson(document));
      const why = whyOf(target.datastore, change, verdict);
      const write = { datastore, id, body, schemaVersion, author: replica, base, from: null };
      documents.push(why === null ? write : { ...write, why });
    } else {
      const event = eventOf(target.datastore, change, verdict);
      if (event !== null) events.push(event);
    }
    if (verdict.credit !== null) {
      const { base, edit, refused, amounts } = verdict.credit;
      counted.push({ datastore, id, replica, base, edit, refused, amounts });
    }
  }
  return { documents, counted, events };
}
