import Sqlite, { type Database } from 'better-sqlite3';
import type { Chance } from '../../suites/query-fuzz/chance.ts';

/** What a corruption did. */
export interface Corruption {
  readonly kind: CorruptionKind;
  /** Documents that differ from the server's afterwards. */
  readonly ids: readonly string[];
  /** Bytes of one of them as it was before. */
  readonly bytes: number;
}

/** Ways in which a local file goes wrong without SQLite noticing. */
export const CORRUPTION_KINDS = [
  'changed byte',
  'changed version',
  'missing row',
  'extra row',
  'changed position',
  'swapped texts',
  'unreadable text',
  'wrong index column',
] as const;

/** See {@link CORRUPTION_KINDS}. */
export type CorruptionKind = (typeof CORRUPTION_KINDS)[number];

interface Row {
  readonly row: number;
  readonly id: string;
  readonly data: string;
  readonly tail: string;
}

/** Writes behind the back of a replica into its file. `taken` are the documents that are corrupted already. */
export function corrupt(
  filename: string,
  { random, kind, taken }: { readonly random: Chance; readonly kind: CorruptionKind; readonly taken: Set<string> },
): Corruption {
  const database = new Sqlite(filename);
  try {
    const docs = tableOf(database, 'product');
    let bytes = 0;
    const pick = (): Row => {
      for (;;) {
        const row = randomRow(database, docs, random);
        if (taken.has(row.id)) continue;
        taken.add(row.id);
        bytes = Buffer.byteLength(row.data);
        return row;
      }
    };
    const ids = WAYS[kind]({ database, docs, random, pick });
    // What was added must not be what is corrupted next, or nothing may differ in the end.
    for (const id of ids) taken.add(id);
    return { kind, ids, bytes };
  } finally {
    database.close();
  }
}

interface Place {
  readonly database: Database;
  readonly docs: string;
  readonly random: Chance;
  /** A living document that nothing was done to yet. */
  readonly pick: () => Row;
}

const WAYS: Readonly<Record<CorruptionKind, (place: Place) => readonly string[]>> = {
  'changed byte': ({ database, docs, random, pick }) => {
    const { row, id, data } = pick();
    for (;;) {
      const at = random.below(data.length);
      const text = data.slice(0, at) + random.one([...'abcxyz0189']) + data.slice(at + 1);
      if (!isOtherContent(text, data, id)) continue;
      database.prepare(`UPDATE ${docs} SET data = ? WHERE row = ?`).run(text, row);
      return [id];
    }
  },
  'changed version': ({ database, docs, random, pick }) => {
    const { row, id, tail } = pick();
    const changed = tail.replace(
      /("version":"[^".]+\.)(\d+)/,
      (_, head, seq) => `${head}${Number(seq) + random.one([-1, 1, 1000])}`,
    );
    database.prepare(`UPDATE ${docs} SET tail = ? WHERE row = ?`).run(changed, row);
    return [id];
  },
  'missing row': ({ database, docs, pick }) => {
    const { row, id } = pick();
    database.prepare(`DELETE FROM ${docs} WHERE row = ?`).run(row);
    return [id];
  },
  'extra row': ({ database, docs, random, pick }) => {
    const { row, id } = pick();
    const added = `extra-${random.below(1e9)}-${id}`;
    const columns = (database.pragma(`table_info(${docs})`) as { name: string }[]).map(({ name }) => name);
    const rest = columns.filter((name) => !['row', 'id', 'data'].includes(name)).join(', ');
    database
      .prepare(
        `INSERT INTO ${docs} (id, data, ${rest}) SELECT ?, json_set(data, '$.id', ?), ${rest} FROM ${docs} WHERE row = ?`,
      )
      .run(added, added, row);
    return [added];
  },
  'changed position': ({ database, random }) => {
    const journal = tableOf(database, 'datastores-journal');
    const rows = database.prepare(`SELECT row, data FROM ${journal}`).all() as { row: number; data: string }[];
    const state = rows.find(({ data }) => JSON.parse(data).kind === 'state');
    if (state === undefined) throw new Error('there is no position to change');
    const content = JSON.parse(state.data);
    const { main } = content.entry.checkpoint;
    main.seq += random.one([-3, 7, 5_000]);
    if (random.below(2) === 0) main.tag = `x${main.tag.slice(1)}`;
    database.prepare(`UPDATE ${journal} SET data = ? WHERE row = ?`).run(JSON.stringify(content), state.row);
    return [];
  },
  'swapped texts': ({ database, docs, pick }) => {
    const [one, other] = [pick(), pick()];
    const write = database.prepare(`UPDATE ${docs} SET data = ? WHERE row = ?`);
    write.run(other.data, one.row);
    write.run(one.data, other.row);
    return [one.id, other.id];
  },
  'unreadable text': ({ database, docs, random, pick }) => {
    const { row, id, data } = pick();
    database
      .prepare(`UPDATE ${docs} SET data = ? WHERE row = ?`)
      .run(data.slice(0, 1 + random.below(data.length - 1)), row);
    return [id];
  },
  'wrong index column': ({ database, docs, pick }) => {
    const { row, id } = pick();
    database.prepare(`UPDATE ${docs} SET k0 = 'wrong' WHERE row = ?`).run(row);
    return [id];
  },
};

function tableOf(database: Database, collection: string): string {
  const id = database.prepare('SELECT id FROM collections WHERE collection = ?').pluck().get(collection);
  return `docs_${id}`;
}

function randomRow(database: Database, docs: string, random: Chance): Row {
  const most = database.prepare(`SELECT max(row) FROM ${docs}`).pluck().get() as number;
  return database
    .prepare(`SELECT row, id, data, tail FROM ${docs} WHERE deleted = 0 AND row >= ? ORDER BY row LIMIT 1`)
    .get(random.below(most) + 1) as Row;
}

function isOtherContent(text: string, data: string, id: string): boolean {
  if (text === data) return false;
  try {
    const content = JSON.parse(text);
    return content.id === id && JSON.stringify(content) !== JSON.stringify(JSON.parse(data));
  } catch {
    return false;
  }
}
