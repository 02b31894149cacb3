import type { Table } from './table.ts';

const PAGE = 1_000;

/** Fills the key columns of every stored document anew, after columns were added to the table. */
export function rebuildKeys({ database, docs, layout }: Pick<Table, 'database' | 'docs' | 'layout'>): void {
  const names = layout.keyPaths.map((path) => `${layout.columns.get(path)?.name} = ?`);
  const update = database.prepare(`UPDATE ${docs} SET ${names.join(', ')} WHERE row = ?`);
  const read = database.prepare<[number], { row: number; data: string }>(
    `SELECT row, data FROM ${docs} WHERE row > ? ORDER BY row LIMIT ${PAGE}`,
  );
  for (let page = read.all(-1); page.length > 0; page = read.all(page.at(-1)?.row ?? Number.MAX_SAFE_INTEGER)) {
    for (const { row, data } of page) update.run(...layout.keysOf(JSON.parse(data)), row);
  }
}
