import { randomUUID } from 'node:crypto';
import type { OutboxRow, OutboxSettle } from '../store/outbox.ts';
import { createCreateMemory } from './creates.ts';
import { createDraft, type Draft, planOf, putOff, type Reading } from './draft.ts';
import { collectingIds, createKnownReferences, type KnownReferences, nameOf, type Reference, textOf } from './ids.ts';
import { type FrozenWrite, makeWrite, type WriteDecision } from './make-write.ts';
import { messageOf } from './map-records.ts';
import { bodyOf } from './merge-record.ts';
import { newLink } from './new-link.ts';
import { noteRow } from './note-row.ts';
import { recordProblem } from './read-item.ts';
import { remember } from './remember.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** A row with the write that is about to be sent for it. */
export interface PreparedRow {
  readonly row: OutboxRow;
  readonly frozen: FrozenWrite;
  /** Version of the document that the write was made from; null if there is none. */
  readonly version: string | null;
  /** Why it is sent although it was sent before. */
  readonly repeated?: 'not-found' | 'harmless';
}

/** References of references are followed this far before a row waits. */
const MAX_ROUNDS = 4;

/**
 * Computes the writes for ready rows from document and link as they are now. Rows with nothing to tell are settled,
 * rows that cannot be told yet wait; what is returned is to be sent. The references of creates are stored on return.
 */
export async function prepareRows(
  reach: SystemReach,
  stream: EngineStream,
  rows: readonly OutboxRow[],
): Promise<readonly PreparedRow[]> {
  const known = createKnownReferences(reach.store, reach.bindings);
  const prepared: PreparedRow[] = [];
  let left = rows;
  for (let round = 1; left.length > 0; round += 1) {
    const unresolved: OutboxRow[] = [];
    const wanted: Reference[] = [];
    for (const [scope, group] of byScope(left)) {
      const done = await prepareScope(reach, stream, { scope, rows: group, known, last: round === MAX_ROUNDS });
      prepared.push(...done.prepared);
      unresolved.push(...done.unresolved.map(({ row }) => row));
      wanted.push(...done.unresolved.flatMap(({ references }) => references));
    }
    await known.load(wanted);
    left = unresolved;
  }
  return prepared;
}

interface ScopeRows {
  readonly scope: string;
  readonly rows: readonly OutboxRow[];
  readonly known: KnownReferences;
  readonly last: boolean;
}

interface ScopeResult {
  readonly prepared: PreparedRow[];
  readonly unresolved: { readonly row: OutboxRow; readonly references: readonly Reference[] }[];
  readonly waiting: { readonly row: OutboxRow; readonly references: readonly Reference[] }[];
}

async function prepareScope(reach: SystemReach, stream: EngineStream, at: ScopeRows): Promise<ScopeResult> {
  const { scope, rows, known, last } = at;
  const { result: decided } = await reach.store.write(
    { scope, documents: rows, links: { system: reach.system, stream: stream.name, keys: [] } },
    (current) => {
      const draft = createDraft({ bound: stream, scope, current, reading: pushReading(reach, stream) });
      const result: ScopeResult = { prepared: [], unresolved: [], waiting: [] };
      for (const row of rows) {
        const { ids, missing } = collectingIds(known, scope);
        const decision = decideRow(draft, row, ids);
        if (missing.length === 0) addDecision(draft, result, { row, decision });
        else if (!last && missing.some((reference) => known.get(reference) === undefined)) {
          result.unresolved.push({ row, references: missing });
        } else {
          draft.settle.push(waitFor(row, missing, current.now));
          noteRow(draft, row, { kind: 'waits', detail: { references: missing.map(textOf) }, once: true });
          result.waiting.push({ row, references: missing });
        }
      }
      return { ...planOf(draft, undefined), result: { draft, result } };
    },
  );
  const { draft, result } = decided;
  // A row that goes on must not be woken later: it may be under way then, and would be sent a second time.
  for (const { seq } of rows) reach.memory.waiting.delete(seq);
  for (const { row, references } of result.waiting) {
    reach.memory.waiting.set(row.seq, { row, references: references.map(nameOf) });
  }
  await remember(reach, stream, draft);
  return result;
}

/** It asks for the creates in doubt itself. */
const NO_CREATES = createCreateMemory();

/** How the engine reads while it pushes: it settles the lanes itself. */
export function pushReading(reach: SystemReach, { memory }: EngineStream): Reading {
  const { generation } = memory;
  const { quarantined } = reach.memory;
  const readAt = reach.clock.now();
  const { unparked: parked } = memory;
  return {
    readAt,
    exact: true,
    generation,
    creates: NO_CREATES,
    rechecking: false,
    settling: true,
    quarantined,
    parked,
  };
}

function decideRow(draft: Draft, row: OutboxRow, ids: Parameters<typeof makeWrite>[0]['ids']): WriteDecision {
  const { bound, current } = draft;
  const { binding, rules } = bound;
  const { traits } = bound.stream;
  try {
    const stored = current.document(row);
    const document = stored === null || stored.deleted ? null : bodyOf(draft, stored);
    const link = current.linkOf(row);
    const made = makeWrite({ writeId: row.writeId, binding, traits, rules, link, document, ref: randomUUID(), ids });
    const problem = made.is === 'write' ? recordProblem(made.frozen.write, 'write') : null;
    return problem === null ? made : { is: 'dead', reason: `The mapping is wrong: ${problem}` };
  } catch (error) {
    return { is: 'dead', reason: `The mapping failed: ${messageOf(error)}` };
  }
}

interface RowDecision {
  readonly row: OutboxRow;
  readonly decision: WriteDecision;
}

function addDecision(draft: Draft, result: ScopeResult, { row, decision }: RowDecision): void {
  const { current } = draft;
  const version = current.document(row)?.version ?? null;
  const settle = { seq: row.seq, attempts: row.attempts, notBefore: 0, error: null };
  const link = current.linkOf(row);
  switch (decision.is) {
    case 'write': {
      const { frozen } = decision;
      const write = { ...frozen.write, firstSentAt: current.now };
      if (write.op === 'create' && link === null) draft.links.push(newLink(draft, { id: row.id, ref: write.ref }));
      result.prepared.push({ row, frozen: { ...frozen, write }, version });
      return;
    }
    case 'nothing':
      if (decision.stray && typeof link?.key === 'string') putOff(draft, link.key);
      draft.settle.push({ ...settle, state: 'done', version });
      return;
    case 'read-first':
      if (typeof link?.key === 'string') putOff(draft, link.key);
      draft.settle.push({
        ...settle,
        state: 'ready',
        notBefore: current.now + 1_000,
        error: 'Waits for a point read.',
      });
      return;
    case 'dead':
      draft.settle.push({ ...settle, state: 'dead', error: decision.reason });
      noteRow(draft, row, { kind: 'dead', detail: { reason: decision.reason, attempts: row.attempts } });
  }
}

/** Waiting is no failure: the longer a row has waited, the less often it is looked at, and a link wakes it. */
function waitFor(row: OutboxRow, references: readonly Reference[], now: number): OutboxSettle {
  const delay = Math.min(30_000, Math.max(500, (now - row.createdAt) / 2));
  const names = references.map(textOf).join(', ');
  const error = `Waits for ${names} to be there.`;
  return { seq: row.seq, state: 'ready', attempts: row.attempts, notBefore: Math.round(now + delay), error };
}

/** Rows by their scope, each in the order of the outbox. */
export function byScope<R extends { readonly scope: string }>(rows: readonly R[]): ReadonlyMap<string, readonly R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.scope);
    if (group === undefined) groups.set(row.scope, [row]);
    else group.push(row);
  }
  return groups;
}
