import { isDatastoreError } from '@datastores/core';
import { MAX_PUSH_BYTES, MAX_PUSH_ROWS, type PushOutcome, type PushRow } from '@datastores/core/protocol';
import type { Datastore, JsonDocument } from '@datastores/core/schema';
import type { Outcome, SystemError, Write } from '../connector.ts';
import { pushParts } from '../push-in-order.ts';
import { getRecords } from './get-records.ts';
import { type Line, systemErrorOf } from './line.ts';
import { idOf, makeRow } from './make-row.ts';
import { itemOf } from './record.ts';

/**
 * Pushes writes as the rows of a replica. The documents are read first, because a row holds the whole new state; what comes in
 * between shows as a conflict, since a guarded row is merged with nothing.
 */
export async function pushWrites(line: Line, writes: readonly Write[]): Promise<readonly Outcome[]> {
  const current = await getRecords(line, writes.map(idOf));
  const outcomes: (Outcome | undefined)[] = [];
  const rows: Planned[] = [];
  for (const [at, write] of writes.entries()) {
    const made = makeRow(write, current.get(idOf(write)), editOf(write, line));
    if ('outcome' in made) outcomes[at] = made.outcome;
    else rows.push({ at, row: made.row, text: JSON.stringify(made.row) });
  }
  const pushed = await pushParts(partsOf(rows), (part) => pushRows(line, part));
  if (!Array.isArray(pushed)) throw pushed;
  for (const [index, { at }] of rows.entries()) outcomes[at] = pushed[index];
  return outcomes as Outcome[];
}

interface Planned {
  /** Place of the write among all. */
  readonly at: number;
  readonly row: PushRow;
  readonly text: string;
}

/** The engine says when a write was first handed out, which is the same over its repeats and grows from one to the next. */
function editOf({ firstSentAt }: Write, { context }: Line): number {
  return Math.max(0, Math.floor(firstSentAt ?? context.now()));
}

function partsOf(rows: readonly Planned[]): readonly (readonly Planned[])[] {
  const parts: Planned[][] = [];
  let size = 0;
  for (const row of rows) {
    size += row.text.length;
    const last = parts.at(-1);
    if (last === undefined || size > MAX_PUSH_BYTES || last.length >= MAX_PUSH_ROWS) {
      parts.push([row]);
      size = row.text.length;
    } else last.push(row);
  }
  return parts;
}

async function pushRows(line: Line, part: readonly Planned[]): Promise<readonly Outcome[] | SystemError> {
  const { transport, header, options, context } = line;
  const rows = `[${part.map(({ text }) => text).join()}]`;
  try {
    const request = { ...header, replica: options.replica, checkpoint: null, rows };
    const answer = await transport.push(request, context.signal);
    if (answer.kind === 'reset')
      return part.map(() => ({ is: 'retry', reason: 'The other server asks to start over.' }));
    return part.map(({ row }, index) => outcomeOf(line.datastore, row, answer.outcomes[index]));
  } catch (error) {
    const reason = systemErrorOf(error);
    if (isDatastoreError(error) && NOT_TAKEN.has(error.code)) return reason;
    return part.map(() => ({ is: 'unknown', reason: reason.message }));
  }
}

/** Refusals that come before any row is looked at. Of any other failure it is not known what happened before it. */
const NOT_TAKEN: ReadonlySet<string> = new Set([
  'SERVER_BUSY',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'FORBIDDEN',
  'REQUEST_INVALID',
  'PAYLOAD_TOO_LARGE',
  'UPGRADE_REQUIRED',
  'DATASTORE_UNKNOWN',
  'DATASTORE_READ_ONLY',
]);

function outcomeOf(datastore: Datastore, row: PushRow, outcome: PushOutcome | undefined): Outcome {
  if (outcome === undefined) return { is: 'unknown', reason: 'The other server has left the row out of its answer.' };
  const { id: key } = row;
  const item = (scope: string, version: string, doc: JsonDocument) => itemOf(datastore, { s: scope, v: version, doc });
  switch (outcome.is) {
    case 'accepted':
      return { is: 'applied', key, ...(row.doc && { item: item(outcome.scope, outcome.version, row.doc) }) };
    case 'merged':
      return { is: 'applied', key, item: item(outcome.scope, outcome.version, JSON.parse(outcome.document)) };
    case 'conflict': {
      const { scope, version, document } = outcome;
      if (outcome.code === 'DOCUMENT_DELETED') return { is: 'missing' };
      if (scope === null || version === null || document === null) return { is: 'conflict' };
      return { is: 'conflict', current: item(scope, version, JSON.parse(document)) };
    }
    case 'rejected':
      return { is: 'rejected', reason: `${outcome.code}: ${outcome.message}`, ...fieldIn(datastore, outcome.message) };
  }
}

/** The field that a refusal is about, which it names first. */
function fieldIn({ schema }: Datastore, message: string): { readonly field?: string } {
  const words = message.slice(message.indexOf(':') + 1).match(/\w+/g) ?? [];
  const field = words.find((word) => Object.hasOwn(schema.properties, word));
  return field === undefined ? {} : { field };
}
