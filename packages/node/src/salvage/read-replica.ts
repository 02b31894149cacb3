import type { Datastore } from '@datastores/core';
import {
  type EditEntry,
  type FoundDocument,
  isLocalEdit,
  JOURNAL,
  type ReadEntries,
  readEntries,
} from '@datastores/core/replica';
import { issuesOf } from '@datastores/core/schema';
import { REPLICA } from '../replica-name.ts';
import { openPages } from './pages.ts';
import { openRescue, type Rescue, type RescuedDocument } from './rescue.ts';
import { type CollectionTable, type DamagedTables, findTables } from './tables.ts';

/** What could be read of the file of a replica. */
export interface DamagedReplica extends ReadEntries {
  /** Documents of edits. */
  readonly documents: readonly FoundDocument[];
  /** True if there may have been entries that were not found. */
  readonly journalDamaged: boolean;
  /** Datastores of which documents may be missing. */
  readonly damaged: ReadonlySet<string>;
  /** False if the newest writes are missing, with the log that they were in. */
  readonly logSound: boolean;
  /** What RxDB itself keeps of the datastores in the file. */
  readonly internals: readonly RescuedDocument[];
}

/** What a document of another origin is taken for. */
type StoredDocument = FoundDocument['document'];

/**
 * Reads the journal out of a damaged file and the documents that it names, page by page and without any index. Where the
 * journal has gaps, documents that the application wrote are read too. The file is neither changed nor locked.
 */
export async function readDamagedReplica(
  filename: string,
  datastores: ReadonlyMap<string, Datastore>,
): Promise<DamagedReplica> {
  const pages = openPages(filename);
  const rescues = { journal: await openRescue('key'), documents: await openRescue('id') };
  try {
    const tables = findTables(pages);
    const journal = await readJournal(tables, rescues.journal);
    const edits = journal.entries.filter((entry) => entry.kind === 'edit');
    const reading = { tables, rescue: rescues.documents, journal, edits, datastores };
    const documents = await readDocuments(reading);
    const internals = await readInternals(tables, rescues.documents);
    return { ...journal, ...documents, internals, logSound: pages.logSound };
  } finally {
    await rescues.journal.close();
    await rescues.documents.close();
    pages.close();
  }
}

async function readJournal(tables: DamagedTables, rescue: Rescue): Promise<ReadEntries & { journalDamaged: boolean }> {
  const table = tables.collections.find(({ collection }) => collection === JOURNAL);
  const found: object[] = [];
  let unreadable = 0;
  for await (const document of table === undefined ? [] : rescue.documents(table.rows(), true)) {
    if (document === null) unreadable += 1;
    else found.push(document);
  }
  const complete = table?.complete === true && unreadable === 0;
  if (!complete) {
    for await (const document of rescue.documents(tables.orphans(), false)) {
      if (document !== null && isJournalRow(document)) found.push(document);
    }
  }
  const read = readEntries(found);
  return { ...read, journalDamaged: !complete || read.unreadable.length > 0 };
}

interface Reading {
  readonly tables: DamagedTables;
  readonly rescue: Rescue;
  readonly journal: { readonly journalDamaged: boolean };
  readonly edits: readonly EditEntry[];
  readonly datastores: ReadonlyMap<string, Datastore>;
}

async function readDocuments({ tables, rescue, journal, edits, datastores }: Reading) {
  const documents: FoundDocument[] = [];
  const damaged = new Set<string>();
  const wanted = new Set(edits.map(({ datastore, id }) => `${datastore}|${id}`));
  for (const table of tables.collections.filter(isDatastore)) {
    const { collection: datastore, version: schemaVersion } = table;
    let unreadable = 0;
    for await (const found of rescue.documents(table.rows(), true)) {
      const document = found === null ? null : asStored(found);
      if (document === null) unreadable += 1;
      else if (wanted.has(`${datastore}|${document.id}`) || (journal.journalDamaged && isLocalEdit(document)))
        documents.push({ datastore, schemaVersion, document });
    }
    if (!table.complete || unreadable > 0) damaged.add(datastore);
  }
  const names = [...edits.map(({ datastore }) => datastore), ...datastores.keys()];
  if (!tables.complete) for (const name of names) damaged.add(name);
  if (damaged.size > 0) {
    for await (const found of rescue.documents(tables.orphans(), false)) {
      const document = found === null ? null : asStored(found);
      if (document !== null) documents.push(...placed(document, edits, datastores));
    }
  }
  return { documents, damaged };
}

/** Without it RxDB would not migrate a datastore that this application does not declare, but another version of it does. */
async function readInternals(tables: DamagedTables, rescue: Rescue): Promise<RescuedDocument[]> {
  const table = tables.collections.find(({ collection }) => collection === '_rxdb_internal');
  const found: RescuedDocument[] = [];
  for await (const document of table === undefined ? [] : rescue.documents(table.rows(), true)) {
    if (document !== null) found.push(document);
  }
  return found;
}

function isDatastore({ database, collection }: CollectionTable): boolean {
  return database === REPLICA && collection !== JOURNAL && /^[a-z]/.test(collection);
}

function asStored(found: RescuedDocument): StoredDocument | null {
  const { id, _rev, _meta } = found;
  const known = typeof id === 'string' && typeof _rev === 'string' && typeof _meta?.lwt === 'number';
  return known && !isJournalRow(found) ? (found as unknown as StoredDocument) : null;
}

/** Journal rows have an id as well: that of the document they are about. */
function isJournalRow({ key, datastore, kind, entry }: RescuedDocument): boolean {
  return entry !== undefined && String(key).startsWith(`${datastore}|${kind}|`);
}

/** Which datastore a document is of that no table claims: the one with an edit of it, else the only one that it fits. */
function placed(
  document: StoredDocument,
  edits: readonly EditEntry[],
  datastores: ReadonlyMap<string, Datastore>,
): FoundDocument[] {
  const { version = null } = document._meta as { readonly version?: string | null };
  const entries = edits.filter(
    ({ id, base, next }) => id === document.id && [base.version, next?.version].includes(version),
  );
  if (entries.length > 0) {
    return entries.map(({ datastore, schemaVersion }) => ({ datastore, schemaVersion, document }));
  }
  if (!isLocalEdit(document) || document._deleted) return [];
  const { _attachments, _deleted, _meta, _rev, ...content } = document;
  const fitting = [...datastores.values()].filter((one) => issuesOf(one, content as never).length === 0);
  const [only] = fitting;
  return only === undefined || fitting.length > 1
    ? []
    : [{ datastore: only.name, schemaVersion: only.version, document }];
}
