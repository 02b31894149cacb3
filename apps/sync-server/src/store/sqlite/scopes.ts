import type { Position } from '@datastores/core/protocol';
import type { Database } from 'better-sqlite3';
import type { ScopeCommit, ScopeHead } from '../work/tables.ts';

/** The counters of the scopes and the tags of their commits. */
export type ScopeTable = ReturnType<typeof prepareScopes>;

/** Counters, commits and the epoch they belong to. */
export function prepareScopes(database: Database) {
  const readEpoch = database.prepare<[], string>("select value from meta where key = 'epoch'").pluck();
  const writeEpoch = database.prepare<[string]>("insert or replace into meta (key, value) values ('epoch', ?)");
  const readHead = database.prepare<[string], ScopeHead>('select seq, floor from scope_head where scope = ?');
  const raise = database
    .prepare<[string, number], number>(
      `insert into scope_head (scope, seq) values (?, ?)
       on conflict (scope) do update set seq = seq + excluded.seq returning seq`,
    )
    .pluck();
  const addCommit = database.prepare<[string, number, string, number]>(
    'insert into scope_commit (scope, last_seq, tag, at) values (?, ?, ?, ?)',
  );
  const readTag = database
    .prepare<[string, number], string>(
      'select tag from scope_commit where scope = ? and last_seq >= ? order by last_seq limit 1',
    )
    .pluck();

  return {
    epoch,
    setEpoch: (value: string): void => void writeEpoch.run(value),
    head: (scope: string): ScopeHead => readHead.get(scope) ?? { seq: 0, floor: 0 },
    /** Takes the next `count` numbers of a scope and returns the last of them. */
    raise: (scope: string, count: number): number => raise.get(scope, count) as number,
    commit: ({ scope, seq, tag, at }: ScopeCommit): void => void addCommit.run(scope, seq, tag, at),
    tagAt,
    position: (scope: string, seq: number): Position => ({
      epoch: epoch(),
      seq,
      tag: tagAt(scope, seq) ?? '',
    }),
  };

  function epoch(): string {
    return readEpoch.get() as string;
  }

  function tagAt(scope: string, seq: number): string | null {
    if (seq === 0) return '';
    const { floor } = readHead.get(scope) ?? { floor: 0 };
    return seq < floor ? null : (readTag.get(scope, seq) ?? null);
  }
}
