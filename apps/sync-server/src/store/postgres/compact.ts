import { listsOf, run, statement } from './session.ts';
import type { Reader } from './snapshot.ts';

/** The oldest commit to keep bounds the floor, so a clock that once stood back cannot end the retention early. */
const RAISE_FLOORS = `
  update scope_head as head set floor = news.floor
  from (
    select scope, greatest(floor, coalesce((
      select max(last_seq) from scope_commit as past where past.scope = old.scope and past.last_seq < coalesce((
        select min(last_seq) from scope_commit as kept where kept.scope = old.scope and kept.at >= $1), old.seq + 1)), 0)) as floor
    from scope_head as old) as news
  where head.scope = news.scope and head.floor < news.floor`;
const REMOVE_COMMITS = `delete from scope_commit as past using scope_head as head
  where head.scope = past.scope and past.last_seq < head.floor`;
const DUE_SCOPES = `select head.scope from scope_head as head where exists (${past('head.scope = document.scope')} limit 1)
  order by head.scope limit 1`;
const LOCK = 'select 1 from scope_head where scope = $1 for update';
const REMOVE = `
  with gone as (
    delete from document where (scope, datastore, id) in (
      select document.scope, document.datastore, document.id from scope_head as head
      join document on document.scope = head.scope
      where head.scope = $1 and document.seq <= head.floor and document.deleted = 1 and ${untold()} limit $2)
    returning scope, datastore, id),
  uncredited as (
    delete from counted using gone
    where counted.scope = gone.scope and counted.datastore = gone.datastore and counted.id = gone.id),
  counts as (select scope, datastore, count(*) as removed from gone group by scope, datastore),
  tallied as (
    update tally set tombstones = tombstones - counts.removed from counts
    where tally.scope = counts.scope and tally.datastore = counts.datastore)
  select count(*) from gone`;

/** Tombstones that one transaction removes. */
const STEP = 500;

/** Raises floors and removes tombstones, a piece at a time so that writes pass between. Says how many there were. */
export async function compactDocuments(reader: Reader, before: number): Promise<number> {
  // Before any tombstone goes: who reads the new floor knows that they may be gone.
  await reader.run(statement(RAISE_FLOORS, before));
  await reader.run(statement(REMOVE_COMMITS));
  let removed = 0;
  for (;;) {
    const [due] = await reader.lists<[string]>(statement(DUE_SCOPES));
    if (due === undefined) return removed;
    removed += await removeTombstones(reader, due[0]);
  }
}

/** Under the lock of the scope, so that nobody writes over a tombstone that goes meanwhile. */
function removeTombstones(reader: Reader, scope: string): Promise<number> {
  return reader.transaction(async (client) => {
    await run(client, statement(LOCK, scope));
    const [row] = await listsOf<[number]>(client, statement(REMOVE, scope, STEP));
    return row?.[0] ?? 0;
  });
}

function past(inScope: string): string {
  return `select 1 from document where ${inScope} and document.seq <= head.floor and document.deleted = 1 and ${untold()}`;
}

/** What a system has yet to be told of is kept. */
function untold(): string {
  return `not exists (
    select 1 from outbox where outbox.scope = document.scope and outbox.datastore = document.datastore
      and outbox.id = document.id)`;
}
