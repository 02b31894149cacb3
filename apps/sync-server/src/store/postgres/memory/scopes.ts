import type { ScopeCommit, ScopeHead, ScopeTable } from '../../work/tables.ts';
import { numbers, texts } from '../columns.ts';
import { type Statement, statement } from '../session.ts';
import { createLog } from './log.ts';
import { createShelf } from './shelf.ts';
import type { Load, Part, Space } from './space.ts';

interface Head extends ScopeHead {
  readonly tag: string;
}

/** The heads of the scopes that a transaction has locked. */
export interface ScopePart extends ScopeTable, Part {
  /** Has a scope locked with the others. */
  want(scope: string): void;
  /** Says that the rows of a scope are about to be changed, which needs its lock. */
  demand(scope: string): void;
  /** Takes the locks of all scopes that were asked for, in one order for everybody; null if it has them all. */
  lock(): Load | null;
}

/** Reads the row of a scope as any earlier transaction left it, and keeps later ones waiting until this one has ended. */
const LOCK = `insert into scope_head as head (scope) select k.scope from unnest($1::text[]) as k (scope)
  order by k.scope collate "C"
  on conflict (scope) do update set seq = head.seq returning head.scope, head.seq, head.floor, head.tag`;
const RAISE = `insert into scope_head (scope, seq, tag) select * from unnest($1::text[], $2::bigint[], $3::text[])
  on conflict (scope) do update set seq = excluded.seq, tag = excluded.tag`;
/** An array of arrays would have to be as wide everywhere, so lists of names come as text. */
const COMMIT = `insert into scope_commit (scope, last_seq, first_seq, tag, at, datastores, systems)
  select scope, last_seq, first_seq, tag, at, string_to_array(datastores, ','), string_to_array(systems, ',')
  from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[])
    as n (scope, last_seq, first_seq, tag, at, datastores, systems)`;
const EPOCH = "select value from meta where key = 'epoch'";

/** Counters in memory, under lock. */
export function createScopePart(space: Space): ScopePart {
  const shelf = createShelf<string, Head>(space, (scope) => scope);
  const commits = createLog<ScopeCommit>(space);
  let epoch = '';
  const headOf = (scope: string): Head => shelf.get(scope) ?? { seq: 0, floor: 0, tag: '' };

  return {
    epoch: () => epoch,
    head: headOf,
    raise: (scope, count) => {
      const head = headOf(scope);
      const seq = head.seq + count;
      shelf.set(scope, { ...head, seq });
      return seq;
    },
    commit: (commit) => commits.add(commit),
    tagAt: (scope, seq) => {
      if (seq === 0) return '';
      const { floor, tag } = headOf(scope);
      return seq < floor || tag === '' ? null : tag;
    },
    want: shelf.want,
    demand: (scope) => void shelf.get(scope),
    lock: () => {
      const scopes = [...shelf.takeWanted()];
      if (scopes.length === 0) return null;
      return { statement: statement(LOCK, texts(scopes)), take: (rows) => takeHeads(rows) };
    },
    loads: () => [{ statement: statement(EPOCH), take: (rows: readonly [string][]) => takeEpoch(rows) }],
    writes: () => sealed(commits.entries),
  };

  function takeHeads(rows: readonly [scope: string, seq: number, floor: number, tag: string][]): void {
    for (const [scope, seq, floor, tag] of rows) shelf.put(scope, { seq, floor, tag });
  }

  function takeEpoch(rows: readonly [string][]): void {
    epoch = rows[0]?.[0] ?? '';
  }
}

function sealed(commits: readonly ScopeCommit[]): Statement[] {
  if (commits.length === 0) return [];
  const scopes = texts(commits.map(({ scope }) => scope));
  const last = numbers(commits.map(({ seq }) => seq));
  const tags = texts(commits.map(({ tag }) => tag));
  return [
    statement(RAISE, scopes, last, tags),
    statement(
      COMMIT,
      scopes,
      last,
      numbers(commits.map(({ first }) => first)),
      tags,
      numbers(commits.map(({ at }) => at)),
      texts(commits.map(({ datastores }) => datastores.join(','))),
      texts(commits.map(({ systems }) => systems.join(','))),
    ),
  ];
}
