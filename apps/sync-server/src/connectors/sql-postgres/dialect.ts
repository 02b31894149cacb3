import type { Dialect, RawAssignment } from '../sql/dialect.ts';
import { quoteColumn, quoteName, quoteTable } from '../sql/names.ts';
import { LISTED_AT_ONCE } from '../sql/scan.ts';
import type { Query } from '../sql/session.ts';
import { writeMark } from './cdc/write-mark.ts';
import { type ReadLog, readChanges } from './changes.ts';
import { postgresDigests } from './digest.ts';
import { classifyFailure } from './failure.ts';
import { mintKey } from './mint-key.ts';
import { readItems } from './read-items.ts';
import { BYTE_ORDER, keyText } from './record-key.ts';
import { explainBadValue, explainRefusal, isKeyTaken, mayBeKey } from './rejection.ts';
import { childKeys, deleteRows, insertRow, updateRow } from './row-sql.ts';
import type { PostgresShape } from './shape.ts';
import { takes, updateRows } from './update-rows.ts';
import { encodeValue } from './value.ts';

/** What PostgreSQL does its own way. `cdc` reads the changes of streams of that mode. */
export function postgresDialect(cdc: ReadLog): Dialect<PostgresShape> {
  return { ...DIALECT, readChanges: (reading, cursor) => readChanges(reading, cursor, cdc) };
}

const DIALECT: Omit<Dialect<PostgresShape>, 'readChanges'> = {
  name: 'PostgreSQL',
  classify: classifyFailure,
  readItems,
  listKeys,
  digests: postgresDigests,
  findByRef,
  encodeValue,
  explainRefusal,
  explainBadValue,
  mayBeKey,
  isKeyTaken,
  insertRow,
  updateRow,
  deleteRows,
  keyValue: (text) => text,
  childKeys,
  mintKey,
  // Null plus something would stay null and lose the difference.
  addTo: (column) => `coalesce(${quoteColumn('t', column)}, 0) + $?::${column.name}`,
  touches,
  bury: () => null,
  mark: async (query, shape, keys) => {
    if (shape.slot !== null) await writeMark(query, shape.slot.slot, keys);
  },
  together: { takes, updateRows },
};

async function listKeys(query: Query, shape: PostgresShape, after: string | null): Promise<string[]> {
  const key = `${keyText('t', shape.key)} ${BYTE_ORDER}`;
  const rows = await query(
    `select ${key} from ${quoteTable(shape.table.name)} t
     where $1::text is null or ${key} > $1 order by ${key} limit ${LISTED_AT_ONCE}`,
    [after],
  );
  return rows.map(([text]) => String(text));
}

async function findByRef(query: Query, shape: PostgresShape, ref: string): Promise<string | null> {
  const rows = await query(
    `select ${keyText('t', shape.key)} from ${quoteTable(shape.table.name)} t
     where t.${quoteName(String(shape.options.ref))}::text = $1 limit 1`,
    [ref],
  );
  return rows[0] ? String(rows[0][0]) : null;
}

function touches(shape: PostgresShape, when: 'insert' | 'update'): RawAssignment[] {
  const { touch, stamp, xid, version } = shape.options;
  if (!touch) return [];
  const set: RawAssignment[] = [];
  const stamped = stamp?.at(-1);
  if (stamped) set.push({ column: stamped, sql: 'now()' });
  if (xid) set.push({ column: xid, sql: 'pg_current_xact_id()' });
  if (version && when === 'update') set.push({ column: version, sql: `t.${quoteName(version)} + 1` });
  return set;
}
