import type { Database } from 'better-sqlite3';
import type { OutboxRow, OutboxState } from '../outbox.ts';
import { refusalOf, refusalText } from '../outbox-row.ts';
import type { Lane, LaneTable } from '../work/lane-table.ts';

type LaneKey = [system: string, stream: string, scope: string, datastore: string, id: string];

interface StoredLaneRow {
  readonly state: OutboxState;
  readonly fromSeq: number;
  readonly refusal: string | null;
}

interface Settling {
  readonly seq: number;
  readonly state: OutboxState;
  readonly attempts: number;
  readonly notBefore: number;
  readonly error: string | null;
  readonly field: string | null;
  readonly uncertain: 0 | 1;
  readonly refusal: string | null;
  readonly now: number;
}

const LANE = 'system = ? and stream = ? and scope = ? and datastore = ? and id = ?';

/** Prepares what transactions do with the rows of the outbox. */
export function prepareLanes(database: Database, find: (seq: number) => OutboxRow | null): LaneTable {
  const addMark = database.prepare<[...LaneKey, string, number, number]>(
    `insert into outbox (system, stream, scope, datastore, id, state, write_id, created_at, from_seq)
     values (?, ?, ?, ?, ?, 'ready', ?, ?, ?)`,
  );
  const findMark = database.prepare<LaneKey>(`select 1 from outbox where ${LANE} and state = 'ready' limit 1`);
  const place = database.prepare<[number], Lane & Pick<OutboxRow, 'state'>>(
    'select scope, datastore, id, system, stream, state from outbox where seq = ?',
  );
  const rows = database.prepare<LaneKey, StoredLaneRow>(
    `select state, from_seq as fromSeq, refusal from outbox where ${LANE} order by seq`,
  );
  const pending = database.prepare<LaneKey>(
    `select 1 from outbox where ${LANE} and state in ('sent', 'unknown') limit 1`,
  );
  const freeze = database.prepare<[string, string | null, number]>(
    "update outbox set state = 'sent', payload = ?, version = ? where seq = ?",
  );
  const remove = database.prepare<[number]>('delete from outbox where seq = ?');
  const removeMarks = database.prepare<[...LaneKey, number]>(
    `delete from outbox where ${LANE} and state = 'ready' and seq <> ?`,
  );
  const update = database.prepare<Settling>(
    `update outbox set state = :state, attempts = :attempts, not_before = :notBefore, error = :error, field = :field,
       uncertain = :uncertain, refusal = :refusal, dead_at = iif(:state = 'dead', :now, null),
       payload = iif(:state = 'ready', null, payload), version = iif(:state = 'ready', null, version)
     where seq = :seq`,
  );

  return {
    find,
    place: (seq) => place.get(seq) ?? null,
    rows: (lane) =>
      rows.all(...keyOf(lane)).map(({ state, fromSeq, refusal }) => ({ state, fromSeq, refusal: refusalOf(refusal) })),
    hasMark: (lane) => findMark.get(...keyOf(lane)) !== undefined,
    isInFlight: (lane) => pending.get(...keyOf(lane)) !== undefined,
    addMark: (lane, { writeId, createdAt, fromSeq }) => void addMark.run(...keyOf(lane), writeId, createdAt, fromSeq),
    removeMarks: (lane, but) => void removeMarks.run(...keyOf(lane), but),
    freeze: (seq, payload, version) => void freeze.run(payload, version, seq),
    update: (settled) => {
      const refusal = refusalText(settled.refusal);
      update.run({ ...settled, uncertain: settled.uncertain ? 1 : 0, refusal });
    },
    remove: (seq) => void remove.run(seq),
  };
}

function keyOf({ system, stream, scope, datastore, id }: Lane): LaneKey {
  return [system, stream, scope, datastore, id];
}
