import type Database from 'better-sqlite3';
import { documentOf, STORED_TEXTS, type StoredTexts } from './stored-texts.ts';
import type { Table } from './table.ts';

const PAGE = 1_000;

/** Fills the key columns of every stored document anew, after columns were added to the table. */
export function rebuildKeys({ database, docs, layout }: Pick<Table, 'database' | 'docs' | 'layout'>): void {
  const names = layout.keyPaths.map((path) => `${layout.columns.get(path)?.name} = ?`);
  const update = database.prepare(`UPDATE ${docs} SET ${names.join(', ')} WHERE row = ?`);
  const read = database
    .prepare<[number], [number, ...StoredTexts]>(
      `SELECT row, ${STORED_TEXTS} FROM ${docs} WHERE row > ? ORDER BY row LIMIT ${PAGE}`,
    )
    .raw() as Database.Statement<[number], [number, ...StoredTexts]>;
  for (let page = read.all(-1); page.length > 0; page = read.all(page.at(-1)?.[0] ?? Number.MAX_SAFE_INTEGER)) {
    for (const [row, ...texts] of page) update.run(...layout.keysOf(documentOf<object>(texts)), row);
  }
}
