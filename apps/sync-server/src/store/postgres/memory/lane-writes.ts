import type { ScopedKey } from '../../work/receipt-table.ts';
import { numbers, texts } from '../columns.ts';
import { type Statement, statement } from '../session.ts';
import type { HeldRow } from './lanes.ts';
import type { Changed } from './shelf.ts';

const REMOVE = 'delete from outbox where seq = any ($1::bigint[])';
/** Without a join: the outbox is mostly empty, and a plan for that would read all of it when it is not. */
const UPDATE = `update outbox set
    (state, payload, version, attempts, not_before, error, field, dead_at, uncertain, refusal) = (
      select ($2::text[])[at], ($3::text[])[at], ($4::text[])[at], ($5::bigint[])[at], ($6::bigint[])[at], ($7::text[])[at],
        ($8::text[])[at], ($9::bigint[])[at], ($10::bigint[])[at], ($11::text[])[at]
      from array_position($1::bigint[], outbox.seq) as at)
  where seq = any ($1::bigint[])`;
const INSERT = `insert into outbox (system, stream, scope, datastore, id, state, write_id, created_at, from_seq)
  select system, stream, scope, datastore, id, 'ready', write_id, created_at, from_seq
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
    with ordinality as n (system, stream, scope, datastore, id, write_id, created_at, from_seq, position)
  order by position`;

/** What has become of the rows of documents, as statements. New marks are written in the order in which they came. */
export function laneWrites(changes: readonly Changed<ScopedKey, readonly HeldRow[]>[]): Statement[] {
  const removed: number[] = [];
  const updated: HeldRow[] = [];
  const added: HeldRow[] = [];
  for (const { before, value } of changes) {
    const [old, now] = [new Set(before ?? []), new Set(value ?? [])];
    const numbersNow = new Set([...now].map(({ seq }) => seq));
    for (const { seq } of old) if (!numbersNow.has(seq)) removed.push(seq);
    for (const row of now) if (row.seq < 0) added.push(row);
    for (const row of now) if (row.seq > 0 && !old.has(row)) updated.push(row);
  }
  added.sort((a, b) => b.seq - a.seq);
  return [
    ...(removed.length === 0 ? [] : [statement(REMOVE, numbers(removed))]),
    ...(updated.length === 0 ? [] : [update(updated)]),
    ...(added.length === 0 ? [] : [insert(added)]),
  ];
}

function update(rows: readonly HeldRow[]): Statement {
  return statement(
    UPDATE,
    numbers(rows.map(({ seq }) => seq)),
    texts(rows.map(({ state }) => state)),
    texts(rows.map(({ payload }) => payload)),
    texts(rows.map(({ version }) => version)),
    numbers(rows.map(({ attempts }) => attempts)),
    numbers(rows.map(({ notBefore }) => notBefore)),
    texts(rows.map(({ error }) => error)),
    texts(rows.map(({ field }) => field)),
    numbers(rows.map(({ deadAt }) => deadAt)),
    numbers(rows.map(({ uncertain }) => uncertain)),
    texts(rows.map(({ refusal }) => refusal)),
  );
}

function insert(rows: readonly HeldRow[]): Statement {
  return statement(
    INSERT,
    texts(rows.map(({ system }) => system)),
    texts(rows.map(({ stream }) => stream)),
    texts(rows.map(({ scope }) => scope)),
    texts(rows.map(({ datastore }) => datastore)),
    texts(rows.map(({ id }) => id)),
    texts(rows.map(({ writeId }) => writeId)),
    numbers(rows.map(({ createdAt }) => createdAt)),
    numbers(rows.map(({ fromSeq }) => fromSeq)),
  );
}
