import type { Database } from 'better-sqlite3';
import type { ExternalRecord, Write } from '../connector.ts';
import { applyWrite, isSettled, type Pending, type TheirWord } from './overlay.ts';

/**
 * Records that we have written to and whose files may have been made before that was read over there. Their answer is
 * what the other side said last, with our writes on top; a write is dropped once it is settled.
 */
export interface HeldRecords {
  /** The other side says what a held record is. False if the record is not held. */
  tell(key: string, change: (theirs: ExternalRecord | null) => ExternalRecord | null, entry: number): boolean;
  has(key: string): boolean;
  add(write: Write, key: string, handed: { readonly entry: number; readonly at: number }): void;
  acknowledge(writeId: string, verdict: 'accepted' | 'rejected', entry: number): boolean;
  expire(before: number): boolean;
}

/** How held records show in the answers of the index. */
export interface Shown {
  show(key: string, data: ExternalRecord | null): void;
  shown(key: string): ExternalRecord | null;
  readonly wholeFiles: boolean;
}

/** Prepares the statements once. They run within the transaction of the caller. */
export function createHeldRecords(database: Database, { show, shown, wholeFiles }: Shown): HeldRecords {
  const find = database.prepare<[string], { theirs: string | null; told: number }>(
    'select theirs, told from held where key = ?',
  );
  const save = database.prepare(
    'insert into held (key, theirs, told) values (?, ?, ?) on conflict (key) do update set theirs = excluded.theirs, told = excluded.told',
  );
  const release = database.prepare('delete from held where key = ?');
  const list = database.prepare<[string], StoredPending>('select * from pending where key = ? order by id');
  const add = database.prepare('insert into pending (key, write_id, body, at, entry) values (?, ?, ?, ?, ?)');
  const drop = database.prepare('delete from pending where id = ?');
  const byWrite = database.prepare<[string], StoredPending>('select * from pending where write_id = ?');
  const accept = database.prepare('update pending set accepted = ? where id = ?');
  const late = database.prepare<[number], { key: string }>('select distinct key from pending where at <= ?');

  const wordOf = (key: string): TheirWord | null => {
    const found = find.get(key);
    return found ? { theirs: parse(found.theirs), told: found.told } : null;
  };
  const settle = (key: string, word: TheirWord, before: number) => {
    const left = list
      .all(key)
      .map(toPending)
      .filter((pending) => {
        const settled = isSettled(pending, word, pending.at <= before);
        if (settled) drop.run(pending.id);
        return !settled;
      });
    let { theirs } = word;
    const waiting = [...left];
    // Nothing was said since, and nothing will be: what we wrote is what there is.
    for (let first = waiting[0]; first && isAgreed(first, word, { before, wholeFiles }); first = waiting[0]) {
      theirs = applyWrite(theirs, first.write);
      drop.run(first.id);
      waiting.shift();
    }
    if (waiting.length === 0) release.run(key);
    else save.run(key, stringify(theirs), word.told);
    show(
      key,
      waiting.reduce((record, { write }) => applyWrite(record, write), theirs),
    );
  };
  return {
    tell(key, change, entry) {
      const word = wordOf(key);
      if (!word) return false;
      settle(key, { theirs: change(word.theirs), told: entry }, Number.NEGATIVE_INFINITY);
      return true;
    },
    has: (key) => find.get(key) !== undefined,
    add(write, key, { entry, at }) {
      const word = wordOf(key) ?? { theirs: shown(key), told: 0 };
      save.run(key, stringify(word.theirs), word.told);
      add.run(key, write.id, JSON.stringify(write), at, entry);
      show(key, applyWrite(shown(key), write));
    },
    acknowledge(writeId, verdict, entry) {
      const waiting = byWrite.all(writeId);
      for (const { id, key } of waiting) {
        if (verdict === 'accepted') accept.run(entry, id);
        else drop.run(id);
        const word = wordOf(key);
        if (word) settle(key, word, Number.NEGATIVE_INFINITY);
      }
      return waiting.length > 0;
    },
    expire(before) {
      const keys = late.all(before);
      for (const { key } of keys) {
        const word = wordOf(key);
        if (word) settle(key, word, before);
      }
      return keys.length > 0;
    },
  };
}

/** A create waits for a full export to show it, if there are any: else silence is all there will ever be. */
function isAgreed(pending: Pending, word: TheirWord, how: { before: number; wholeFiles: boolean }): boolean {
  if (pending.at > how.before || word.told > pending.entry) return false;
  return pending.write.op !== 'create' || !how.wholeFiles;
}

interface StoredPending {
  readonly id: number;
  readonly key: string;
  readonly body: string;
  readonly at: number;
  readonly entry: number;
  readonly accepted: number | null;
}

function toPending({ id, body, at, entry, accepted }: StoredPending): Pending {
  return { id, write: JSON.parse(body) as Write, at, entry, accepted };
}

function parse(theirs: string | null): ExternalRecord | null {
  return theirs === null ? null : (JSON.parse(theirs) as ExternalRecord);
}

function stringify(theirs: ExternalRecord | null): string | null {
  return theirs === null ? null : JSON.stringify(theirs);
}
