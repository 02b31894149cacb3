import type { Dialect, RawAssignment } from '../sql/dialect.ts';
import { quoteColumn, quoteName, quoteTable } from '../sql/names.ts';
import { LISTED_AT_ONCE } from '../sql/scan.ts';
import type { Query } from '../sql/session.ts';
import { readChanges } from './changes.ts';
import { mysqlDigests } from './digest.ts';
import { encodeValue } from './encode-value.ts';
import { classifyFailure } from './failure.ts';
import { readItems } from './read-items.ts';
import { asBytes, columnText, keyText, keyValue } from './record-key.ts';
import { explainBadValue, explainRefusal, isKeyTaken, mayBeKey } from './rejection.ts';
import { childKeys, deleteRows, insertRow, updateRow } from './row-sql.ts';
import { clockFor, isAlive, isTime, type MysqlShape, tombstoneOf } from './shape.ts';

/** What MySQL and MariaDB do their own way. */
export const mysqlDialect: Dialect<MysqlShape> = {
  name: 'MySQL',
  classify: classifyFailure,
  readItems,
  listKeys,
  digests: mysqlDigests,
  readChanges,
  findByRef,
  encodeValue,
  explainRefusal,
  explainBadValue,
  mayBeKey,
  isKeyTaken,
  insertRow,
  updateRow,
  deleteRows,
  keyValue,
  childKeys,
  mintKey,
  // Null plus something would stay null and lose the difference.
  addTo: (column) => `coalesce(${quoteColumn('t', column)}, 0) + $?`,
  touches,
  bury,
};

async function listKeys(query: Query, shape: MysqlShape, after: string | null): Promise<string[]> {
  const key = keyText('t', shape.key);
  const alive = isAlive('t', shape);
  const conditions = [after === null ? null : `${asBytes(key)} > ${asBytes('$1')}`, alive].filter(
    (one) => one !== null,
  );
  const rows = await query(
    `select ${key} from ${quoteTable(shape.table.name)} t ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by ${asBytes(key)} limit ${LISTED_AT_ONCE}`,
    [after],
  );
  return rows.map(([text]) => String(text));
}

/** By index first, then the very text: most collations take other texts for the same. */
async function findByRef(query: Query, shape: MysqlShape, ref: string): Promise<string | null> {
  const [column] = [shape.table.columns.get(String(shape.options.ref))];
  if (!column) return null;
  const rows = await query(
    `select ${keyText('t', shape.key)} from ${quoteTable(shape.table.name)} t
     where ${quoteColumn('t', column)} = $1 and ${asBytes(columnText('t', column))} = ${asBytes('$1')} limit 1`,
    [ref],
  );
  return rows[0] ? String(rows[0][0]) : null;
}

/** `max` takes the next number behind a lock on the last row; another program may take the same, which is tried again. */
async function mintKey(query: Query, shape: MysqlShape): Promise<string | null> {
  const { mintKey: mint, table } = shape.options;
  if (typeof mint !== 'object') return null;
  if ('sql' in mint) {
    const rows = await query(`select cast((${mint.sql}) as char)`);
    return String(rows[0]?.[0]);
  }
  const column = quoteName(String(shape.key[0]?.column));
  const rows = await query(`select cast(coalesce(max(${column}), 0) + 1 as char) from ${quoteTable(table)} for update`);
  return String(rows[0]?.[0]);
}

function touches(shape: MysqlShape, when: 'insert' | 'update'): RawAssignment[] {
  const { touch, stamp, version } = shape.options;
  if (!touch) return [];
  const set: RawAssignment[] = [];
  const stamped = stamp?.at(-1);
  if (stamped) set.push({ column: stamped, sql: clockNow(shape, stamped) });
  if (version && when === 'update') set.push({ column: version, sql: `t.${quoteName(version)} + 1` });
  return set;
}

function bury(shape: MysqlShape): RawAssignment | null {
  const column = tombstoneOf(shape);
  if (!column) return null;
  return { column: column.column, sql: isTime(column) ? clockNow(shape, column.column) : '1' };
}

/** As a program of the system would write it: writes are in the zone of the database. */
function clockNow(shape: MysqlShape, name: string): string {
  const column = shape.table.columns.get(name);
  return column?.name.startsWith('timestamp') ? 'now(6)' : clockFor(column, shape.zone);
}
