import type { Change } from '../../connector.ts';
import { quoteName } from '../../sql/names.ts';
import { type Reading, readOnly } from '../../sql/scan.ts';
import type { Query } from '../../sql/session.ts';
import type { Column } from '../../sql/table.ts';
import { bare, keyLists, keyText } from '../record-key.ts';
import type { PostgresShape } from '../shape.ts';
import type { ChangedRow } from './collect.ts';
import { cursorLost } from './cursor.ts';
import { firstUnseen, untilThere } from './visible.ts';

/**
 * The records that changed rows belong to, each once and as it is now; one that is not there is deleted. What we wrote
 * ourselves, and nobody changed behind us, is left out. Waits until the changes can be seen, so that none is passed with
 * the record as it was before.
 */
export function readRows(reading: Reading<PostgresShape>, rows: readonly ChangedRow[]): Promise<Change[]> {
  const transactions = new Set(rows.map(({ transaction }) => transaction.xid));
  const reason = async () => `A transaction is in the log, but not visible: does it wait for a synchronous standby?`;
  return untilThere(() => readVisible(reading, rows, transactions), reading.context.signal, reason);
}

/** Null: not all of the transactions can be seen. */
async function readVisible(
  reading: Reading<PostgresShape>,
  rows: readonly ChangedRow[],
  transactions: ReadonlySet<number>,
): Promise<Change[] | null> {
  const shape = await reading.shape();
  return readOnly(reading, async (query) => {
    const [snapshot] = await query('select pg_current_snapshot()::text');
    if (firstUnseen(String(snapshot?.[0]), transactions) !== null) return null;
    const keys = await keysOf(query, shape, rows).catch((error: unknown) => {
      if (reading.dialect.classify(error).is !== 'bad-value') throw error;
      throw cursorLost(`The keys of ${shape.table.name} in the log are of another type than those of the table.`);
    });
    const foreign = keys.filter((key, at) => !isEcho(rows[at], key));
    const wanted = [...new Set(foreign)];
    if (wanted.length === 0) return [];
    const items = await reading.dialect.readItems(query, shape, { keys: wanted });
    return wanted.map((key): Change => {
      const item = items.get(key);
      return item ? { op: 'put', ...item } : { op: 'delete', key };
    });
  });
}

function isEcho(row: ChangedRow | undefined, key: string): boolean {
  if (row === undefined) return false;
  return row.transaction.marks.some(({ before, keys }) => row.number < before && keys.has(key));
}

/** The log has values in another form than a key: `t` for true, and texts of fixed length with their blanks. */
async function keysOf(query: Query, shape: PostgresShape, rows: readonly ChangedRow[]): Promise<string[]> {
  const keys: string[] = rows.map(() => '');
  for (const child of new Set(rows.map(({ source }) => source.child))) {
    const own = [...rows.entries()].filter(([, { source }]) => source.child === child);
    const columns = child === null ? shape.key : (shape.children[child]?.foreignKey ?? []);
    const texts = own.map(([, row]) => row.texts);
    const converted = await convert(query, { columns, castTo: shape.key, texts });
    for (const [place, [at]] of own.entries()) keys[at] = converted[place] ?? '';
  }
  return keys;
}

interface KeyTexts {
  readonly columns: readonly Column[];
  readonly castTo: readonly Column[];
  readonly texts: readonly (readonly string[])[];
}

async function convert(query: Query, { columns, castTo, texts }: KeyTexts): Promise<string[]> {
  const lists = columns.map((column, at) => `$${at + 1}::text[]::${bare(column)}[]`);
  const names = columns.map(({ column }) => column);
  const place = freeName(names);
  const rows = await query(
    `select ${keyText('t', columns, castTo)} from unnest(${lists.join(', ')}) with ordinality
       as t(${[...names, place].map(quoteName).join(', ')})
     order by t.${quoteName(place)}`,
    keyLists(texts, columns.length),
  );
  return rows.map(([key]) => String(key));
}

function freeName(taken: readonly string[]): string {
  const free = taken.map((_, at) => `place${at}`).find((name) => !taken.includes(name));
  return free ?? `place${taken.length}`;
}
