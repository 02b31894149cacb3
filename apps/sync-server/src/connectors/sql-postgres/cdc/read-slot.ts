import { DatabaseError } from 'pg';
import type { Context } from '../../connector.ts';
import { toSystemError } from '../../sql/failure.ts';
import type { Reading } from '../../sql/scan.ts';
import type { Query } from '../../sql/session.ts';
import type { PostgresSession } from '../session.ts';
import type { PostgresShape } from '../shape.ts';
import { type CollectOptions, type Collector, createCollector } from './collect.ts';
import { cursorLost } from './cursor.ts';
import { laterLsn, lsnText } from './lsn.ts';
import { noticeLeaving } from './make-slot.ts';
import type { SlotNames } from './names.ts';
import { readMessage } from './pgoutput.ts';

/** What is read from a slot at once. */
export interface SlotWindow extends Omit<CollectOptions, 'stream' | 'slot'> {
  readonly names: SlotNames;
  /** Up to this position of the log. */
  readonly upTo: bigint;
  /** Stop behind the transaction that brings the messages to this number. */
  readonly messages: number;
}

/** The changed rows of a window. */
export interface SlotReading extends Pick<Collector, 'rows'> {
  /** Everything committed before this position was read; null: only up to the last of the rows. */
  readonly reached: bigint | null;
}

/**
 * Reads a window of the log without confirming it, so that the same can be read again. Only the keys of rows are kept,
 * the rest passes by in portions: a transaction may have any size.
 */
export async function readSlot(
  reading: Reading<PostgresShape>,
  session: PostgresSession,
  window: SlotWindow & { readonly signal: AbortSignal },
): Promise<SlotReading> {
  const { names, upTo, messages, signal } = window;
  const context: Context = { ...reading.context, signal };
  const collector = createCollector({ ...window, stream: names.stream, slot: names.slot });
  try {
    const count = await session.decode(context, (query) => collectAll(query, window, collector));
    const { rows, full, end } = collector;
    if (full) return { rows, reached: null };
    return { rows, reached: count >= messages ? end : laterLsn(upTo, end ?? 0n) };
  } catch (error) {
    // Slot or publication went while they were read.
    if (error instanceof DatabaseError && GONE.includes(error.code ?? '')) {
      throw cursorLost(`The replication slot ${names.slot} can be read no more: ${error.message}.`);
    }
    throw toSystemError(reading.dialect.classify, reading.dialect.name, error);
  }
}

async function collectAll(query: Query, window: SlotWindow, collector: Collector): Promise<number> {
  const { names, upTo, messages } = window;
  // The same version brought the messages that mark what we wrote; without them it comes back, and the engine drops it.
  const marks = (await noticeLeaving(query)) ? `, 'messages', 'true'` : '';
  await query(
    `declare log no scroll cursor for select data from pg_logical_slot_peek_binary_changes(
       $1, $2::pg_lsn, $3::int, 'proto_version', '1', 'publication_names', $4${marks})`,
    [names.slot, lsnText(upTo), messages, `"${names.publication.replaceAll('"', '""')}"`],
  );
  for (let count = 0; ; ) {
    const rows = await query(`fetch ${PORTION} from log`);
    for (const [data] of rows) {
      collector.take(readMessage(Buffer.from(String(data), 'base64')));
      if (collector.full) return count;
    }
    count += rows.length;
    if (rows.length < PORTION) return count;
  }
}

/** No such object, and not in the state for it. */
const GONE: readonly string[] = ['42704', '55000'];

const PORTION = 2_000;
