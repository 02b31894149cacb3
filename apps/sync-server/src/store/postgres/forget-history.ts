import type { PoolClient } from 'pg';
import type { DocumentKey } from '../document.ts';
import { endedEvents } from '../ended-events.ts';
import type { HistoryLimits } from '../history.ts';
import { numbers } from './columns.ts';
import { eventsOf } from './history-reads.ts';
import { rowsOf, run, statement } from './session.ts';
import type { Reader } from './snapshot.ts';

interface Place extends DocumentKey {
  readonly scope: string;
}

/** Up to which number events were looked at: as new ones, which may be too many, and as old ones, which may be too old. */
const MARKS = ['history counted', 'history aged'] as const;

const READ_MARK = 'select value from meta where key = $1';
const WRITE_MARK =
  'insert into meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value';
const AFTER = `select number, at, scope, datastore, id from history where number > $1 and number <= $2
  order by number limit $3`;
const LIVES = 'select 1 as lives from document where scope = $1 and datastore = $2 and id = $3 and deleted = 0';
const REMOVE = 'delete from history where number = any ($1::bigint[])';

/** Events that one transaction looks at. */
const STEP = 500;

/** Ends events that are too many or too old, a piece at a time. What the value of a field rests on stays. */
export async function forgetHistory(reader: Reader, limits: HistoryLimits): Promise<void> {
  const last = await settledNumber(reader);
  for (const mark of MARKS) {
    while ((await reader.transaction((client) => look(client, mark, { limits, last }))) === STEP);
  }
}

/**
 * The newest number below which nothing can appear any more: numbers are given before they are committed, so writers are
 * waited for.
 */
function settledNumber(reader: Reader): Promise<number> {
  return reader.transaction(async (client) => {
    await client.query('lock table history in share mode');
    const [row] = await rowsOf<{ last: number }>(
      client,
      statement('select coalesce(max(number), 0) as last from history'),
    );
    return row?.last ?? 0;
  });
}

interface Looking {
  readonly limits: HistoryLimits;
  readonly last: number;
}

/** Returns how many events were looked at. */
async function look(client: PoolClient, mark: (typeof MARKS)[number], { limits, last }: Looking): Promise<number> {
  const [known] = await rowsOf<{ value: string }>(client, statement(READ_MARK, mark));
  const from = Number(known?.value ?? 0);
  const rows = await rowsOf<Place & { number: number; at: number }>(client, statement(AFTER, from, last, STEP));
  const young = mark === 'history aged' ? rows.findIndex(({ at }) => at >= limits.before) : -1;
  const due = young < 0 ? rows : rows.slice(0, young);
  for (const place of new Map(due.map((row) => [JSON.stringify([row.scope, row.datastore, row.id]), row])).values()) {
    await forget(client, place, limits);
  }
  const to = due.at(-1)?.number;
  if (to !== undefined) await run(client, statement(WRITE_MARK, mark, String(to)));
  return due.length;
}

async function forget(client: PoolClient, place: Place, limits: HistoryLimits): Promise<void> {
  const { scope, datastore, id } = place;
  const events = await eventsOf(client, scope, place);
  const lives = await rowsOf(client, statement(LIVES, scope, datastore, id));
  const ended = endedEvents(events, limits, () => lives.length > 0);
  if (ended.length > 0) await run(client, statement(REMOVE, numbers(ended)));
}
