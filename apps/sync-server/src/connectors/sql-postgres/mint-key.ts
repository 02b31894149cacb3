import { quoteName, quoteTable } from '../sql/names.ts';
import type { Query } from '../sql/session.ts';
import type { Shape } from '../sql/shape.ts';

/**
 * A key for a row about to be inserted, or null where the database makes it by itself. `max` takes the next number under
 * a lock that our own writers share; another program may take the same one, which its unique index then refuses.
 */
export async function mintKey(query: Query, shape: Shape): Promise<string | null> {
  const { mintKey: mint, table } = shape.options;
  if (typeof mint !== 'object') return null;
  if ('sql' in mint) {
    const rows = await query(`select (${mint.sql})::text`);
    return String(rows[0]?.[0]);
  }
  const column = quoteName(String(shape.key[0]?.column));
  await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`datastores ${table}`]);
  const rows = await query(`select (coalesce(max(${column})::numeric, 0) + 1)::text from ${quoteTable(table)}`);
  return String(rows[0]?.[0]);
}
