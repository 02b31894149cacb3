import type { OutboxState } from '../../outbox.ts';
import { outboxRowOf, refusalOf, refusalText, type StoredOutboxRow } from '../../outbox-row.ts';
import type { Lane, LaneTable } from '../../work/lane-table.ts';
import type { ScopedKey } from '../../work/receipt-table.ts';
import { numbers } from '../columns.ts';
import { statement } from '../session.ts';
import { keyColumns } from './documents.ts';
import { laneWrites } from './lane-writes.ts';
import { documentName } from './names.ts';
import type { ScopePart } from './scopes.ts';
import { createShelf } from './shelf.ts';
import type { Part, Space } from './space.ts';

/** A row of the outbox in memory. One that is not written yet has a number below 0. */
export interface HeldRow extends StoredOutboxRow {
  readonly fromSeq: number;
}

/** The outbox rows that a transaction has in memory. */
export interface LanePart extends LaneTable, Part {
  want(key: ScopedKey): void;
  wantRow(seq: number): void;
  /** Rows of documents, in order, out of what {@link OUTBOX} lists. */
  take(rows: readonly OutboxListRow[]): void;
}

/** The columns of an outbox row `o`. */
export const OUTBOX = `o.seq, o.scope, o.datastore, o.id, o.system, o.stream, o.state, o.write_id, o.payload, o.version, o.attempts,
  o.not_before, o.error, o.created_at, o.field, o.dead_at, o.uncertain, o.refusal, o.from_seq`;

/** See {@link OUTBOX}. */
export type OutboxListRow = [
  seq: number,
  scope: string,
  datastore: string,
  id: string,
  system: string,
  stream: string,
  state: OutboxState,
  writeId: string,
  payload: string | null,
  version: string | null,
  attempts: number,
  notBefore: number,
  error: string | null,
  createdAt: number,
  field: string | null,
  deadAt: number | null,
  uncertain: 0 | 1,
  refusal: string | null,
  fromSeq: number,
];

/** The outbox rows of the document that a row names. */
export const rowsOf = (row: string) => `cross join lateral (select * from outbox
  where scope = ${row}.scope and datastore = ${row}.datastore and id = ${row}.id offset 0) o`;

const READ = `select ${OUTBOX} from unnest($1::text[], $2::text[], $3::text[]) as k (scope, datastore, id)
  ${rowsOf('k')} order by o.seq`;
const READ_PLACES = 'select seq, scope, datastore, id from outbox where seq = any ($1::bigint[])';

/** The rows of lanes in memory, all lanes of a document together. */
export function createLanePart(space: Space, scopes: ScopePart): LanePart {
  const shelf = createShelf<ScopedKey, readonly HeldRow[]>(space, documentName);
  const places = createShelf<number, ScopedKey>(space, String);
  let added = 0;
  const held = (key: ScopedKey) => shelf.get(key) ?? [];
  const inLane = (lane: Lane) =>
    held(lane).filter(({ system, stream }) => system === lane.system && stream === lane.stream);
  const rowAt = (seq: number): HeldRow | null => {
    const place = places.get(seq);
    if (place === null) return null;
    scopes.demand(place.scope);
    return held(place).find((row) => row.seq === seq) ?? null;
  };
  const change = (seq: number, next: (row: HeldRow) => HeldRow[]) => {
    const row = rowAt(seq);
    if (row !== null)
      shelf.set(
        row,
        held(row).flatMap((one) => (one === row ? next(row) : [one])),
      );
  };
  const take = (rows: readonly OutboxListRow[]) => {
    const byDocument = new Map<string, HeldRow[]>();
    for (const row of rows.map(heldOf)) {
      const name = documentName(row);
      const known = byDocument.get(name);
      if (known === undefined) byDocument.set(name, [row]);
      else known.push(row);
    }
    for (const rows of byDocument.values()) {
      const [first] = rows;
      if (first !== undefined) shelf.put({ scope: first.scope, datastore: first.datastore, id: first.id }, rows);
    }
  };

  return {
    take,
    want: shelf.want,
    wantRow: places.want,
    place: rowAt,
    find: (seq) => {
      const row = rowAt(seq);
      if (row === null) return null;
      const { fromSeq: _fromSeq, ...stored } = row;
      return outboxRowOf(stored);
    },
    rows: (lane) =>
      inLane(lane).map(({ state, fromSeq, refusal }) => ({ state, fromSeq, refusal: refusalOf(refusal) })),
    hasMark: (lane) => inLane(lane).some(({ state }) => state === 'ready'),
    isInFlight: (lane) => inLane(lane).some(({ state }) => state === 'sent' || state === 'unknown'),
    addMark: (lane, { writeId, createdAt, fromSeq }) => {
      added += 1;
      const { scope, datastore, id, system, stream } = lane;
      const mark = { ...EMPTY, seq: -added, scope, datastore, id, system, stream, writeId, createdAt, fromSeq };
      shelf.set({ scope, datastore, id }, [...held(lane), mark]);
    },
    removeMarks: (lane, but) => {
      const gone = inLane(lane).filter(({ state, seq }) => state === 'ready' && seq !== but);
      if (gone.length === 0) return;
      const { scope, datastore, id } = lane;
      shelf.set(
        { scope, datastore, id },
        held(lane).filter((row) => !gone.includes(row)),
      );
    },
    freeze: (seq, payload, version) => change(seq, (row) => [{ ...row, state: 'sent', payload, version }]),
    update: ({ seq, state, attempts, notBefore, error, field, uncertain, refusal, now }) =>
      change(seq, (row) => [
        {
          ...row,
          ...{ state, attempts, notBefore, error, field, uncertain: uncertain ? 1 : 0 },
          refusal: refusalText(refusal),
          deadAt: state === 'dead' ? now : null,
          payload: state === 'ready' ? null : row.payload,
          version: state === 'ready' ? null : row.version,
        },
      ]),
    remove: (seq) => change(seq, () => []),
    loads: () => {
      const [keys, seqs] = [shelf.takeWanted(), places.takeWanted()];
      const takePlaces = (rows: readonly [seq: number, scope: string, datastore: string, id: string][]) => {
        for (const [seq, scope, datastore, id] of rows) places.put(seq, { scope, datastore, id });
      };
      return [
        ...(keys.length === 0 ? [] : [{ statement: statement(READ, ...keyColumns(keys)), take }]),
        ...(seqs.length === 0 ? [] : [{ statement: statement(READ_PLACES, numbers(seqs)), take: takePlaces }]),
      ];
    },
    writes: () => laneWrites(shelf.changes()),
  };
}

const EMPTY: Omit<HeldRow, 'seq' | keyof Lane | 'writeId' | 'createdAt' | 'fromSeq'> = {
  state: 'ready',
  payload: null,
  version: null,
  attempts: 0,
  notBefore: 0,
  error: null,
  field: null,
  deadAt: null,
  uncertain: 0,
  refusal: null,
};

function heldOf(row: OutboxListRow): HeldRow {
  const [seq, scope, datastore, id, system, stream, state, writeId, payload, version, ...rest] = row;
  const [attempts, notBefore, error, createdAt, field, deadAt, uncertain, refusal, fromSeq] = rest;
  return {
    ...{ seq, scope, datastore, id, system, stream, state, writeId, payload, version, attempts, notBefore, error },
    ...{ createdAt, field, deadAt, uncertain, refusal, fromSeq },
  };
}
