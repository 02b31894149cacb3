import { statement } from './session.ts';
import type { Reader } from './snapshot.ts';

const RECOVER = `
  with unanswered as (
    update outbox set state = 'unknown' where state = 'sent' and ($1::text is null or system = $1) returning *),
  noted as (
    insert into history (scope, datastore, id, kind, at, author, seq, decided, detail)
      select scope, datastore, id, 'unanswered', $2::bigint, '@' || system, null, 0,
        json_build_object('stream', stream, 'writeId', write_id)::text
      from unanswered order by unanswered.seq)
  select count(*) from unanswered`;

/** Rows left as sent become unknown, and their history says so. Returns how many. */
export async function recoverOutbox(reader: Reader, system: string | null, now: number): Promise<number> {
  const [row] = await reader.lists<[number]>(statement(RECOVER, system, now));
  return row?.[0] ?? 0;
}
