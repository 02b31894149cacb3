import { DatabaseError } from 'pg';
import { SystemError } from '../../connector.ts';
import { toSystemError } from '../../sql/failure.ts';
import { quoteName } from '../../sql/names.ts';
import { type Reading, readOnly } from '../../sql/scan.ts';
import type { Query } from '../../sql/session.ts';
import type { PostgresSession } from '../session.ts';
import type { PostgresShape } from '../shape.ts';
import { lsnNumber } from './lsn.ts';
import type { SlotNames } from './names.ts';
import type { SlotState } from './state.ts';

/** Publishes the tables of a stream. Throws SystemError `auth` with the statement to run where this user must not. */
export async function publish(
  reading: Reading<PostgresShape>,
  { publication }: SlotNames,
  { published, unpublished }: Pick<SlotState, 'published' | 'unpublished'>,
): Promise<void> {
  const tables = unpublished.map(({ name }) => name).join(', ');
  const statement = published
    ? `alter publication ${quoteName(publication)} add table ${tables}`
    : `create publication ${quoteName(publication)} for table ${tables}`;
  if (published && unpublished.length === 0) return;
  await alone(reading, (query) => query(statement)).catch((error: unknown) => {
    // Another process was faster.
    if (stateOf(error) === DUPLICATE) return;
    throw denied(error, `Run as the owner of the database and its tables: ${statement};`);
  });
}

/** Where a slot begins. */
export interface Beginning {
  /** Every transaction whose commit begins here or later is told. */
  readonly lsn: bigint;
  /** Every earlier one is seen by who begins to read when all transactions with a lower number have ended. */
  readonly since: string;
}

/** Makes the slot anew. Waits for transactions that are open. */
export async function makeSlot(reading: Reading<PostgresShape>, names: SlotNames, exists: boolean): Promise<Beginning> {
  const { slot } = names;
  try {
    if (exists) await alone(reading, (query) => query('select pg_drop_replication_slot($1)', [slot]));
    const rows = await alone(reading, async (query) => {
      await query(`select set_config('statement_timeout', least(setting::int, ${WAIT_MS})::text, true)
        from pg_settings where name = 'statement_timeout'`);
      await noticeLeaving(query);
      return query(`select lsn::text from pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
    });
    const [[since] = []] = await alone(reading, (query) => query('select pg_current_xact_id()::text'), false);
    return { lsn: lsnNumber(String(rows[0]?.[0])), since: String(since) };
  } catch (error) {
    if (stateOf(error) === CANCELLED) {
      throw new SystemError('down', `${await heldUp(reading, slot)} Tried again by itself.`);
    }
    throw denied(error, REPLICATION);
  }
}

/** Confirms a slot: the log before this position is not needed any more. The database reads through it for that. */
export async function confirmSlot(
  { context }: Reading<PostgresShape>,
  session: PostgresSession,
  to: { readonly slot: string; readonly lsn: string },
): Promise<void> {
  try {
    await session.decode(context, async (query) => {
      await noticeLeaving(query);
      await query('select pg_replication_slot_advance($1, $2::pg_lsn)', [to.slot, to.lsn]);
    });
  } catch (error) {
    throw denied(error, REPLICATION);
  }
}

/**
 * Lets the database notice that its client has left, else it would hold the slot until it has waited or read to the end.
 * True from PostgreSQL 14 on, which has this setting.
 */
export async function noticeLeaving(query: Query): Promise<boolean> {
  const rows = await query(`select set_config(name, '2s', true) from pg_settings where name = $1`, [
    'client_connection_check_interval',
  ]);
  return rows.length > 0;
}

async function alone<T>(
  { session, context }: Reading<PostgresShape>,
  work: (query: Query) => Promise<T>,
  commit = true,
): Promise<T> {
  return session.write({ context, progress: 'connecting' }, async (query) => ({ commit, result: await work(query) }));
}

/** Why a slot cannot begin yet. */
export async function heldUp(reading: Reading<PostgresShape>, slot: string): Promise<string> {
  const rows = await readOnly(reading, (query) => query(OLDEST));
  const [oldest] = rows.map(([pid, name, since]) => `process ${pid} (${name}) has held one open since ${since}`);
  return `The replication slot ${slot} cannot begin before all transactions that were open have ended: ${oldest ?? 'they have by now'}.`;
}

/** Why this user was refused, with what helps; any other failure as it is. */
function denied(error: unknown, remedy: string): unknown {
  if (stateOf(error) !== DENIED || !(error instanceof Error)) return error;
  return new SystemError('auth', `PostgreSQL: ${error.message}. ${remedy}`, { cause: error });
}

/** What a failure of {@link publish}, {@link makeSlot} or {@link confirmSlot} means to who reads. */
export function slotFailure({ dialect }: Reading<PostgresShape>, error: unknown): SystemError {
  return toSystemError(dialect.classify, dialect.name, error);
}

function stateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

const REPLICATION = 'Run as a superuser: alter role <this user> replication;';
const DENIED = '42501';
const DUPLICATE = '42710';
const CANCELLED = '57014';

/** Less than a call may take, so that the reason is told before the patience of the caller ends. */
const WAIT_MS = 15_000;

const OLDEST = `
  select pid, coalesce(nullif(application_name, ''), usename, backend_type), date_trunc('second', xact_start)::text
  from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid() order by xact_start limit 1`;
