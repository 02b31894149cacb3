import type { PushOutcome } from '@datastores/core/protocol';
import { type Datastore, type JsonDocument, sameJson } from '@datastores/core/schema';
import type { StoredDocument } from '../store/document.ts';
import { type PushedChange, seenIn } from './change.ts';
import type { Verdict } from './decide.ts';
import { documentOf, documentText } from './document-text.ts';

/** What there is to say about one row. */
export interface OutcomeOf {
  readonly datastore: Datastore;
  /** The scope in which the row was decided. */
  readonly scope: string;
  /** Schema version of the replica. */
  readonly schemaVersion: number;
  readonly change: PushedChange;
  readonly verdict: Verdict;
  /** The state on the server now; null if there is none. */
  readonly state: StoredDocument | null;
}

/** The outcome of one row as the replica is told, with the state on the server wherever it differs from what was sent. */
export function outcomeOf({ datastore, scope, schemaVersion, change, verdict, state }: OutcomeOf): PushOutcome {
  const { id } = change;
  const document = state === null ? null : documentText(datastore, state, schemaVersion);
  if (verdict.kind === 'refuse') {
    const { is, code, message } = verdict;
    return { is, id, scope, version: state?.version ?? null, document, code, message };
  }
  const version = state?.version ?? (verdict.kind === 'settled' ? verdict.version : '');
  if (state === null || document === null) return { is: 'accepted', id, scope, version };
  if (isSeen({ datastore, scope, schemaVersion, change, verdict, state }, change.document)) {
    return { is: 'accepted', id, scope, version };
  }
  const decisions = JSON.stringify(verdict.decisions ?? []);
  return { is: 'merged', id, scope, version, document, decisions };
}

/** Whether what the replica sees of the state is what it sent. */
function isSeen({ datastore, schemaVersion, verdict, state }: OutcomeOf, sent: JsonDocument | null): boolean {
  if (sent === null || state === null) return false;
  const document = (verdict.kind === 'write' ? verdict.document : null) ?? documentOf(datastore, state);
  return sameJson(seenIn(datastore, schemaVersion)?.(document) ?? document, sent);
}
