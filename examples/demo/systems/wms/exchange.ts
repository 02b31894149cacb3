import { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { RecordTable } from '../record-table.ts';
import { type CsvRow, readCsv, writeCsv } from './csv.ts';
import { AMOUNTS, type Amounts, type Level, withAmounts } from './level.ts';

/** The files that the warehouse system exchanges with others. */
export interface WarehouseExchange {
  /** Books the files of the others, then writes a file of the levels that changed since the last one. */
  exchange(): void;
  /** Writes a file of all levels. */
  exportAll(): void;
}

/** Where the files lie, and what they are about. */
export interface ExchangeParts {
  readonly folder: string;
  readonly db: Database;
  readonly levels: RecordTable<Level>;
}

/**
 * Opens the exchange: `inbox` takes our files for the others, `outbox` has theirs for us. A change is remembered in the
 * transaction that makes it, and forgotten once its file is there; a line of the others is booked once, by its write id.
 */
export function createExchange({ folder, db, levels }: ExchangeParts): WarehouseExchange {
  const [inbox, outbox] = ['inbox', 'outbox'].map((name) => join(folder, name)) as [string, string];
  for (const path of [inbox, outbox]) mkdirSync(path, { recursive: true });
  createTables(db);
  const nextNumber = db.prepare('INSERT INTO exports DEFAULT VALUES');
  const changed = db.prepare<[], string>('SELECT key FROM unexported ORDER BY key').pluck();
  const forget = db.prepare('DELETE FROM unexported');
  const isBooked = db.prepare<[string], number>('SELECT 1 FROM booked WHERE write_id = ?').pluck();
  const book = db.prepare('INSERT INTO booked (write_id) VALUES (?)');

  const drop = (kind: 'full' | 'delta', rows: readonly CsvRow[]): void => {
    const number = String(nextNumber.run().lastInsertRowid).padStart(9, '0');
    const name = join(inbox, `levels-${kind}-${number}.csv`);
    // The last line says how many there are: a file without it is not whole.
    writeFileSync(`${name}.writing`, `${writeCsv(COLUMNS, rows)}END;${rows.length}\r\n`);
    // Whoever looks for files sees whole ones only.
    renameSync(`${name}.writing`, name);
  };
  const pickUp = db.transaction((text: string) => {
    for (const row of readCsv(text)) {
      const { operation, write_id: writeId, id } = row;
      if (!id || !writeId || isBooked.get(writeId) === 1) continue;
      const level = levels.get(id)?.body;
      // What is not there any more cannot be changed; the next full file tells of it.
      if (level !== undefined) levels.put(id, operation === 'add' ? added(level, row) : { ...level, ...fieldsIn(row) });
      book.run(writeId);
    }
  });
  const exportChanges = db.transaction(() => {
    const keys = changed.all();
    if (keys.length === 0) return;
    const rows = keys.flatMap((key) => rowOf(key, levels) ?? []);
    if (rows.length > 0) drop('delta', rows);
    forget.run();
  });
  const pickUpAll = (): void => {
    const names = readdirSync(outbox).filter((name) => /^[^.].*\.csv$/.test(name));
    for (const name of names.sort()) {
      const path = join(outbox, name);
      try {
        pickUp(readFileSync(path, 'utf8'));
        unlinkSync(path);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        // It stays where a person finds it, and holds nobody up.
        renameSync(path, `${path}.refused`);
      }
    }
  };
  return {
    exchange() {
      pickUpAll();
      exportChanges();
    },
    exportAll: () => {
      pickUpAll();
      db.transaction(() => {
        const rows: CsvRow[] = [];
        for (let after = ''; ; ) {
          const page = levels.page(after, 500);
          const last = page.at(-1);
          if (last === undefined) break;
          for (const { key } of page) rows.push(...(rowOf(key, levels) ?? []));
          after = last.key;
        }
        drop('full', rows);
        forget.run();
      })();
    },
  };
}

/** The columns of all files. */
const COLUMNS = ['id', 'item', 'warehouse', ...AMOUNTS, 'minQty', 'slot', 'reservations', 'picks', 'shipments'];
const LISTS = ['reservations', 'picks', 'shipments'] as const;

/** Not by OR IGNORE: what the outer statement does about conflicts would take its place. */
const REMEMBER =
  'INSERT INTO unexported (key) SELECT new.key WHERE NOT EXISTS (SELECT 1 FROM unexported WHERE key = new.key)';

function createTables(db: Database): void {
  db.exec(`
    CREATE TABLE IF NOT EXISTS exports (number INTEGER PRIMARY KEY AUTOINCREMENT);
    CREATE TABLE IF NOT EXISTS booked (write_id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS unexported (key TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TRIGGER IF NOT EXISTS level_inserted AFTER INSERT ON levels
      BEGIN ${REMEMBER}; END;
    CREATE TRIGGER IF NOT EXISTS level_updated AFTER UPDATE ON levels
      BEGIN ${REMEMBER}; END;
  `);
}

/** None for a level that was cleared meanwhile: it leaves no trace here, only the next full file lacks it. */
function rowOf(key: string, levels: RecordTable<Level>): CsvRow[] | null {
  const level = levels.get(key)?.body;
  if (level === undefined) return null;
  const row = Object.entries(level).map(([name, value]: [string, unknown]) => [
    name,
    value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  return [{ ...Object.fromEntries(row), id: key }];
}

function added(level: Level, row: CsvRow): Level {
  const amounts = Object.fromEntries(AMOUNTS.map((name) => [name, Number(row[name] ?? 0)])) as Amounts;
  const others = Object.entries(row).filter(([name]) => !(AMOUNTS as readonly string[]).includes(name));
  return { ...withAmounts(level, amounts), ...fieldsIn(Object.fromEntries(others)) };
}

/** What others may set: never item, warehouse, picks and shipments. */
function fieldsIn(row: CsvRow): Partial<Level> {
  const numbers = [...AMOUNTS, 'minQty'].flatMap((name) => (row[name] == null ? [] : [[name, Number(row[name])]]));
  const slot = row.slot === undefined ? {} : { slot: row.slot };
  const lists = LISTS.slice(0, 1).flatMap((name) => (row[name] == null ? [] : [[name, JSON.parse(row[name])]]));
  return { ...Object.fromEntries(numbers), ...slot, ...Object.fromEntries(lists) };
}
