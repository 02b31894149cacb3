import type { JsonValue } from '@datastores/core/schema';
import type { OutboxRow, OutboxSettle } from '../store/outbox.ts';
import { noteCreate } from './creates.ts';
import { type FrozenWrite, frozenOf } from './make-write.ts';
import { byScope, type PreparedRow, prepareRows } from './prepare.ts';
import { sendWrites } from './send.ts';
import { mayRepeatBlindly, type SettledOutcome, unsettled } from './settle.ts';
import { type RowOutcome, settleRows } from './settle-rows.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** Sends some rows of a stream, at most one of each lane and as many as one batch holds. Throws what ended it early. */
export async function pushRows(reach: SystemReach, stream: EngineStream, rows: readonly OutboxRow[]): Promise<void> {
  const resolved = await resolveUnknown(
    reach,
    stream,
    rows.filter(({ state }) => state === 'unknown'),
  );
  if (resolved.outcomes.length > 0) {
    const failure = await settleRows(reach, stream, resolved.outcomes);
    if (failure !== null) throw failure;
  }
  const fresh = await prepareRows(
    reach,
    stream,
    rows.filter(({ state }) => state === 'ready'),
  );
  const sending = [...resolved.repeats, ...fresh];
  stream.memory.activity.pushedAt = reach.clock.now();
  if (sending.length > 0) await sendRows(reach, stream, sending);
}

async function sendRows(reach: SystemReach, stream: EngineStream, sending: readonly PreparedRow[]): Promise<void> {
  await reach.store.outboxSend(
    sending.map(({ row, frozen, version }) => ({ seq: row.seq, payload: frozen as unknown as JsonValue, version })),
  );
  const { outcomes, failure } = await sendWrites(
    reach,
    stream,
    sending.map(({ frozen }) => frozen.write),
  );
  const answered: RowOutcome[] = [];
  const unsent: PreparedRow[] = [];
  for (const [index, prepared] of sending.entries()) {
    const outcome = outcomes[index] ?? null;
    if (outcome === null) unsent.push(prepared);
    else answered.push({ ...prepared, outcome });
  }
  const reading = await settleSent(reach, stream, { unsent, answered, reason: failure?.message ?? 'Not sent.' });
  const first = failure ?? reading;
  if (first !== null) throw first;
}

interface SentRows {
  readonly unsent: readonly PreparedRow[];
  readonly answered: readonly RowOutcome[];
  readonly reason: string;
}

/** Whatever stops the settling, e.g. a full disk, the rows do not stay sent: they are asked for before the next push. */
async function settleSent(reach: SystemReach, stream: EngineStream, sent: SentRows): Promise<Error | null> {
  try {
    await putBack(reach, sent.unsent, sent.reason);
    return await settleRows(reach, stream, sent.answered);
  } catch (error) {
    reach.memory.leftSent = true;
    for (const { row, frozen } of sent.answered) {
      noteCreate(stream.memory.creates, { ...row, state: 'unknown', frozen });
    }
    throw error;
  }
}

interface Resolved {
  readonly outcomes: readonly RowOutcome[];
  /** Rows whose write did not land, to be sent once more as they were. */
  readonly repeats: readonly PreparedRow[];
}

/** Asks for each write that may have been applied whether it was. Nothing is repeated before that is known. */
async function resolveUnknown(reach: SystemReach, stream: EngineStream, rows: readonly OutboxRow[]): Promise<Resolved> {
  const outcomes: RowOutcome[] = [];
  const repeats: PreparedRow[] = [];
  for (const row of rows) {
    const frozen = frozenOf(row) as FrozenWrite;
    const outcome = await askFor(reach, stream, frozen);
    const repeated = stream.stream.find === undefined ? 'harmless' : 'not-found';
    if (outcome === 'repeat') repeats.push({ row, frozen, version: row.version, repeated });
    else outcomes.push({ row, frozen, outcome, wasFound: outcome.is === 'applied' });
  }
  return { outcomes, repeats };
}

async function askFor(
  reach: SystemReach,
  stream: EngineStream,
  { write }: FrozenWrite,
): Promise<SettledOutcome | 'repeat'> {
  const source = stream.stream;
  if (source.find !== undefined) {
    const item = await reach.calls.call(async (context) => source.find?.(write, context) ?? null);
    // Of a create that leaves no mark over there, not to be found says nothing.
    if (item === null && !(write.op === 'create' && source.traits.creates === 'unsafe')) return 'repeat';
    if (typeof item?.key === 'string' && item.key !== '') return { is: 'applied', key: item.key, item };
    if (item !== null)
      return { is: 'unknown', reason: 'The connector found the write, but did not say in which record.' };
  }
  if (mayRepeatBlindly(write.op, source.traits.creates)) return 'repeat';
  const reason = `The ${write.op} may have been applied, and this stream cannot say whether it was. Look over there, then settle the row by hand.`;
  return { is: 'rejected', reason, uncertain: true };
}

/** Rows that were certainly not sent cost nothing: they are ready again, or still to be asked for. */
async function putBack(reach: SystemReach, rows: readonly PreparedRow[], reason: string): Promise<void> {
  for (const [scope, group] of byScope(rows.map((prepared) => ({ scope: prepared.row.scope, prepared })))) {
    const settle: OutboxSettle[] = group.map(({ prepared: { row } }) =>
      unsettled(row, { state: row.state === 'unknown' ? 'unknown' : 'ready', reason }),
    );
    await reach.store.write({ scope }, () => ({ settle, result: undefined }));
  }
}
