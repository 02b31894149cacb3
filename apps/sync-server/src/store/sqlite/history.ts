import type { Database } from 'better-sqlite3';
import { changedFields } from '../changed-fields.ts';
import type { DecisionRecord, DocumentKey, StoredDocument } from '../document.ts';
import type { EventDetail, EventWrite, FieldDecided, HistoryEvent, HistoryKind, Why } from '../history.ts';

/** The chains of events of the documents. */
export type HistoryTable = ReturnType<typeof prepareHistory>;

/** One kept event, its detail parsed. */
export interface KeptEvent {
  readonly number: number;
  readonly event: HistoryEvent;
}

type Row = [number: number, kind: HistoryKind, at: number, author: string, seq: number | null, detail: string];

/** What is kept as text of an event. `replaced` is short, since every change of a document has it. */
interface Kept extends EventDetail {
  readonly changed?: HistoryEvent['changed'];
  readonly replaced?: readonly [by: string, at: number, seq: number, deleted: 0 | 1, first: 0 | 1];
}

interface DecidedRow extends DocumentKey {
  readonly scope: string;
  readonly author: string;
  readonly at: number;
  readonly detail: string;
}

/** Adds and reads events. */
export function prepareHistory(database: Database) {
  const add = database.prepare<[string, string, string, HistoryKind, number, string, number | null, 0 | 1, string]>(
    `insert into history (scope, datastore, id, kind, at, author, seq, decided, detail)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const chain = database
    .prepare<[string, string, string], Row>(
      `select number, kind, at, author, seq, detail from history
       where scope = ? and datastore = ? and id = ? order by number`,
    )
    .raw();
  const newest = database.prepare<[string, string, string], { kind: string; author: string; detail: string }>(
    `select kind, author, detail from history where scope = ? and datastore = ? and id = ? order by number desc limit 1`,
  );
  const decided = database.prepare<[number], DecidedRow>(
    `select scope, datastore, id, author, at, detail from history where decided = 1 order by number desc limit ?`,
  );

  return {
    /** Notes that a state took the place of another. A first state is not noted: it says all of itself. */
    addState: (after: StoredDocument, before: StoredDocument | null, why: Why | undefined): void => {
      if (before === null && why?.decisions === undefined) return;
      const { scope, datastore, id, at, author, seq } = after;
      const kind = why?.kind ?? (after.deleted ? 'deleted' : author.startsWith('@') ? 'pulled' : 'accepted');
      const hasDecisions = why?.decisions === undefined ? 0 : 1;
      add.run(scope, datastore, id, kind, at, author, seq, hasDecisions, stateText(after, before, why));
    },
    add: (scope: string, { datastore, id, kind, by, detail, once }: EventWrite, at: number): void => {
      const text = JSON.stringify(detail);
      if (once) {
        const last = newest.get(scope, datastore, id);
        if (last !== undefined && last.kind === kind && last.author === by && last.detail === text) return;
      }
      add.run(scope, datastore, id, kind, at, by, null, detail.decisions === undefined ? 0 : 1, text);
    },
    /** Notes something that concerns every document. */
    addGlobal: (kind: HistoryKind, by: string, at: number): void =>
      void add.run('', '', '', kind, at, by, null, 0, '{}'),
    /** What is kept of one document, oldest first; without scope and names: what concerns every document. */
    of: (scope: string, key: DocumentKey): KeptEvent[] =>
      chain.all(scope, key.datastore, key.id).map((row) => ({ number: row[0], event: eventOf(scope, key, row) })),
    /** Decisions on single fields, newest first. */
    decisions: (limit: number): DecisionRecord[] =>
      decided
        .all(limit)
        .flatMap((row) => [...decisionsIn(row)].reverse().map((one) => decisionOf(row, one)))
        .slice(0, limit),
  };
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

function eventOf(scope: string, { datastore, id }: DocumentKey, row: Row): HistoryEvent {
  const [, kind, at, by, seq, text] = row;
  const { changed = null, replaced: before, ...detail } = JSON.parse(text) as Kept;
  const replaced =
    before === undefined
      ? null
      : { by: before[0], at: before[1], seq: before[2], deleted: before[3] === 1, first: before[4] === 1 };
  return { scope, datastore, id, kind, at, by, seq, replaced, changed, ...detail };
}

function decisionsIn({ detail }: DecidedRow): readonly FieldDecided[] {
  return (JSON.parse(detail) as Kept).decisions ?? [];
}

/** An absent side is kept apart from one that is null. */
function decisionOf(row: DecidedRow, { field, rule, base, server, proposed, result }: FieldDecided): DecisionRecord {
  const { scope, datastore, id, author: by, at } = row;
  return { scope, datastore, id, field, rule, by, base, server, proposed, result, at };
}
