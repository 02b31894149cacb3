import type { Item } from '../connectors/connector.ts';
import { forgetCreate, noteCreate } from './creates.ts';
import { decideOutcome, type SettledRow } from './decide-outcome.ts';
import { createDraft, planOf } from './draft.ts';
import { createKnownReferences } from './ids.ts';
import { type Mapped, mapRecords } from './map-records.ts';
import { byScope, type PreparedRow, pushReading } from './prepare.ts';
import { type ReadItem, readItem } from './read-item.ts';
import { READ_KEYS, readKeys } from './recheck.ts';
import { remember } from './remember.ts';
import { type SettledOutcome, type Settlement, settleOutcome } from './settle.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** A row that was handed to the connector, and its outcome. */
export interface RowOutcome extends Pick<PreparedRow, 'row' | 'frozen' | 'repeated'> {
  readonly outcome: SettledOutcome;
  /** True if the write had been applied by an earlier attempt, as the system said when it was asked. */
  readonly wasFound?: boolean;
}

/**
 * Settles rows by their outcomes: outbox, links and documents in one write for each scope. Where the connector does not
 * say what the system made of a write, the record is read. Returns a failure of that reading, which settles nothing worse.
 */
export async function settleRows(
  reach: SystemReach,
  stream: EngineStream,
  outcomes: readonly RowOutcome[],
): Promise<Error | null> {
  const now = reach.clock.now();
  const settlements = outcomes.map(({ row, frozen, outcome }) =>
    settleOutcome(outcome, { row, op: frozen.write.op, now, random: reach.random }),
  );
  const items = new Map<string, ReadItem>();
  const toRead: string[] = [];
  for (const [index, one] of outcomes.entries()) {
    const effect = settlements[index]?.effect ?? 'none';
    const key = keyOf(one);
    if (effect === 'none' || key === null) continue;
    if (effect === 'applied' && one.frozen.write.op === 'delete') continue;
    const item = itemOf(one.outcome);
    if (item === undefined) toRead.push(key);
    else items.set(key, readItem({ ...item, key }));
  }
  const failure = await readMissing(reach, stream, { keys: toRead, into: items });
  const known = createKnownReferences(reach.store, reach.bindings);
  const mapped = await mapRecords(stream.binding, [...items.values()], known);
  const byKey = new Map(mapped.map((one) => [one.key, one]));
  await write(
    reach,
    stream,
    outcomes.map((one, index) => settledRow(one, settlements[index] as Settlement, byKey)),
  );
  // What was put off because of these writes may be read now.
  if (stream.memory.recheckDelayMs > 0) stream.memory.recheckDue = true;
  for (const [index, { row, frozen, outcome }] of outcomes.entries()) {
    const { state, uncertain = false } = (settlements[index] as Settlement).settle;
    if (state === 'done') forgetCreate(stream.memory.creates, row.seq);
    else noteCreate(stream.memory.creates, { ...row, state, uncertain, frozen });
    if (outcome.is === 'applied') stream.memory.activity.pushed += 1;
  }
  return failure;
}

function settledRow(one: RowOutcome, settlement: Settlement, byKey: ReadonlyMap<string, Mapped>): SettledRow {
  const key = keyOf(one);
  const { row, frozen, outcome, wasFound = false, repeated } = one;
  const mapped = key === null ? null : (byKey.get(key) ?? null);
  return { row, frozen, outcome, wasFound, repeated, settlement, key, mapped };
}

interface MissingItems {
  readonly keys: readonly string[];
  readonly into: Map<string, ReadItem>;
}

async function readMissing(
  reach: SystemReach,
  stream: EngineStream,
  { keys, into }: MissingItems,
): Promise<Error | null> {
  try {
    for (let start = 0; start < keys.length; start += READ_KEYS) {
      const { items } = await readKeys(reach, stream, keys.slice(start, start + READ_KEYS));
      for (const item of items) into.set(item.is === 'item' ? item.item.key : item.key, item);
    }
    return null;
  } catch (error) {
    // The writes have their outcomes; without this reading they are settled all the same, and the records read later.
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function write(reach: SystemReach, stream: EngineStream, rows: readonly SettledRow[]): Promise<void> {
  const scoped = rows.map((settled) => ({ scope: settled.row.scope, settled }));
  for (const [scope, group] of byScope(scoped)) {
    const keys = group.flatMap(({ settled }) => (settled.key === null ? [] : [settled.key]));
    const documents = group.map(({ settled }) => settled.row);
    const { result: draft } = await reach.store.write(
      { scope, documents, links: { system: reach.system, stream: stream.name, keys } },
      (current) => {
        const draft = createDraft({ bound: stream, scope, current, reading: pushReading(reach, stream) });
        for (const { settled } of group) decideOutcome(draft, settled);
        return planOf(draft, undefined);
      },
    );
    await remember(reach, stream, draft);
  }
}

function keyOf({ frozen, outcome }: RowOutcome): string | null {
  const { write } = frozen;
  if (write.op !== 'create') return write.key;
  return outcome.is === 'applied' ? outcome.key : null;
}

function itemOf(outcome: SettledOutcome): Item | undefined {
  if (outcome.is === 'applied') return outcome.item;
  return outcome.is === 'conflict' ? outcome.current : undefined;
}
