import type { Table } from './table.ts';

const ROWS = 1_000_000;

/**
 * Tells SQLite's planner what to expect of the indexes of a large collection. Without statistics it takes every first column
 * for selective, and every index here begins with `deleted`, which hardly ever is: it would then walk whole collections.
 * Assumed figures rather than ANALYZE: a plan does not depend on when the collection was last measured.
 */
export function assumeStatistics({ database, docs, indexes, layout }: Table): void {
  database.prepare('DELETE FROM sqlite_stat1 WHERE tbl = ?').run(docs);
  const insert = database.prepare('INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)');
  for (const { name, columns } of indexes) insert.run(docs, name, statistics(columns, layout));
  database.exec('ANALYZE sqlite_schema');
}

/** Number of rows, then for each leading part of the columns how many rows share one combination of values. */
function statistics(columns: readonly string[], layout: Table['layout']): string {
  let shared = ROWS;
  const figures = columns.map((column) => {
    shared = Math.max(1, Math.ceil(shared / (layout.byName.get(column)?.distinct ?? 1)));
    return shared;
  });
  return [ROWS, ...figures].join(' ');
}
