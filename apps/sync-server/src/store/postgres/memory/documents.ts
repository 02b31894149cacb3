import type { StoredDocument } from '../../document.ts';
import type { ScopedKey } from '../../work/receipt-table.ts';
import type { DocumentTable, KeptDocument } from '../../work/tables.ts';
import type { Tally } from '../../work/tally.ts';
import { numbers, texts } from '../columns.ts';
import { type Statement, statement } from '../session.ts';
import { createLog } from './log.ts';
import { documentName } from './names.ts';
import type { Credit, ReplicaPart } from './replicas.ts';
import { createShelf } from './shelf.ts';
import type { Load, Part, Space } from './space.ts';

/** The documents that a transaction has in memory. */
export interface DocumentPart extends DocumentTable, Part {
  want(key: ScopedKey): void;
  /** Documents, and the credits of their authors on them, out of rows that {@link DOCUMENT} lists. */
  take(rows: readonly DocumentRow[]): void;
}

/** The columns of a document `d` and of the credit `c` of its author. */
export const DOCUMENT = `d.scope, d.datastore, d.id, d.seq, d.version, d.deleted, d.body, d.schema_version, d.author, d.base, d.at,
  d.edit, c.base, c.edit, c.refused, c.amounts, c.overtaken`;

/** Where the credit of its author on a document is. */
export const AUTHORS_CREDIT = `left join counted c
  on c.scope = d.scope and c.datastore = d.datastore and c.id = d.id and c.replica = d.author`;

/** See {@link DOCUMENT}. */
export type DocumentRow = [
  scope: string,
  datastore: string,
  id: string,
  seq: number,
  version: string,
  deleted: number,
  body: string,
  schemaVersion: number,
  author: string,
  base: string | null,
  at: number,
  edit: number | null,
  creditBase: string | null,
  creditEdit: number | null,
  refused: number,
  amounts: string,
  overtaken: string | null,
];

/** The document of a row that has its name, by `offset 0` after it: the other way round all of the table would be read. */
export const documentOf = (row: string) => `cross join lateral (select * from document
  where scope = ${row}.scope and datastore = ${row}.datastore and id = ${row}.id offset 0) d`;

const READ = `select ${DOCUMENT} from unnest($1::text[], $2::text[], $3::text[]) as k (scope, datastore, id)
  ${documentOf('k')} ${AUTHORS_CREDIT}`;

const STATE = 'scope, datastore, id, seq, version, deleted, schema_version, author, base, at, body, edit';
const ARRAYS = `unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[],
  $8::text[], $9::text[], $10::bigint[], $11::text[], $12::bigint[]) as n (${STATE})`;
const INSERT = `insert into document (${STATE}) select * from ${ARRAYS}`;
const UPDATE = `${INSERT} on conflict (scope, datastore, id) do update set seq = excluded.seq, version = excluded.version,
  deleted = excluded.deleted, schema_version = excluded.schema_version, author = excluded.author, base = excluded.base,
  at = excluded.at, body = excluded.body, edit = excluded.edit`;
const ADD_TALLIES = `insert into tally as t (scope, datastore, documents, tombstones)
  select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
  on conflict (scope, datastore) do update set
    documents = t.documents + excluded.documents, tombstones = t.tombstones + excluded.tombstones`;

/** Documents in memory, newest state of each. */
export function createDocumentPart(space: Space, replicas: ReplicaPart): DocumentPart {
  const shelf = createShelf<ScopedKey, KeptDocument>(space, documentName);
  const tallies = createLog<{ readonly scope: string; readonly datastore: string; readonly tally: Tally }>(space);
  const find: DocumentTable['find'] = (scope, { datastore, id }) => shelf.get({ scope, datastore, id });
  const take = (rows: readonly DocumentRow[]) => {
    for (const row of rows) {
      const kept = keptOf(row);
      const { document } = kept;
      shelf.put(document, kept);
      replicas.put({ ...document, replica: document.author }, creditOf(row));
    }
  };

  return {
    find,
    take,
    versionOf: (scope, key) => find(scope, key)?.document.version ?? null,
    get: (scope, key) => find(scope, key)?.document ?? null,
    put: (document, edit) => shelf.set(document, { document, edit, place: 0 }),
    addTally: (scope, datastore, { documents, tombstones }) =>
      tallies.add({ scope, datastore, tally: { documents, tombstones } }),
    want: shelf.want,
    loads: (): Load[] => {
      const keys = shelf.takeWanted();
      return keys.length === 0 ? [] : [{ statement: statement(READ, ...keyColumns(keys)), take }];
    },
    writes: () => {
      const changes = shelf.changes().filter(({ value }) => value !== null);
      const isNew = ({ before }: { readonly before: KeptDocument | null | undefined }) => before === null;
      const [added, changed] = [changes.filter(isNew), changes.filter((change) => !isNew(change))].map((some) =>
        some.map(({ value }) => value as KeptDocument),
      );
      return [...put(INSERT, added), ...put(UPDATE, changed), ...addTallies(tallies.entries)];
    },
  };
}

/** The columns by which documents are found. */
export function keyColumns(keys: readonly ScopedKey[]): [Buffer, Buffer, Buffer] {
  return [
    texts(keys.map(({ scope }) => scope)),
    texts(keys.map(({ datastore }) => datastore)),
    texts(keys.map(({ id }) => id)),
  ];
}

function put(text: string, kept: readonly KeptDocument[] = []): Statement[] {
  if (kept.length === 0) return [];
  const documents = kept.map(({ document }) => document);
  return [
    statement(
      text,
      ...keyColumns(documents),
      numbers(documents.map(({ seq }) => seq)),
      texts(documents.map(({ version }) => version)),
      numbers(documents.map(({ deleted }) => (deleted ? 1 : 0))),
      numbers(documents.map(({ schemaVersion }) => schemaVersion)),
      texts(documents.map(({ author }) => author)),
      texts(documents.map(({ base }) => base)),
      numbers(documents.map(({ at }) => at)),
      texts(documents.map(({ body }) => body)),
      numbers(kept.map(({ edit }) => edit)),
    ),
  ];
}

function addTallies(
  entries: readonly { readonly scope: string; readonly datastore: string; readonly tally: Tally }[],
): Statement[] {
  const sums = new Map<string, { scope: string; datastore: string; documents: number; tombstones: number }>();
  for (const { scope, datastore, tally } of entries) {
    const name = documentName({ scope, datastore, id: '' });
    const sum = sums.get(name) ?? { scope, datastore, documents: 0, tombstones: 0 };
    sum.documents += tally.documents;
    sum.tombstones += tally.tombstones;
    sums.set(name, sum);
  }
  const rows = [...sums.values()].filter(({ documents, tombstones }) => documents !== 0 || tombstones !== 0);
  if (rows.length === 0) return [];
  return [
    statement(
      ADD_TALLIES,
      texts(rows.map(({ scope }) => scope)),
      texts(rows.map(({ datastore }) => datastore)),
      numbers(rows.map(({ documents }) => documents)),
      numbers(rows.map(({ tombstones }) => tombstones)),
    ),
  ];
}

function keptOf(row: DocumentRow): KeptDocument {
  const [scope, datastore, id, seq, version, deleted, body, schemaVersion, author, base, at, edit] = row;
  const document: StoredDocument = {
    ...{ scope, datastore, id, seq, version, deleted: deleted === 1, body, schemaVersion, author, base, at },
  };
  return { document, edit, place: 0 };
}

function creditOf(row: DocumentRow): Credit | null {
  const [, , , , , , , , , , , , base, edit, refused, amounts, overtaken] = row;
  return edit === null ? null : { base, edit, refused: refused === 1, amounts, overtaken };
}
