import { getHeightOfRevision } from 'rxdb';
import { isDatastoreError } from '../errors.ts';
import type { Datastore } from '../schema/datastore.ts';
import type { JsonDocument } from '../schema/document.ts';
import { issuesOf } from '../schema/validate.ts';
import { upgradeDocument } from '../schema/versions.ts';
import { type EditEntry, editKey, type RejectedChange } from './journal-entry.ts';
import { contentOf, isWrittenByReplication, type StoredDocument, serverMetaOf } from './stored.ts';

/** A document that was read out of a damaged replica. */
export interface FoundDocument {
  readonly datastore: string;
  /** Version of the schema that it was stored in. */
  readonly schemaVersion: number;
  readonly document: StoredDocument;
}

/** What was read out of a damaged replica, in any order and possibly doubled. */
export interface FoundParts {
  readonly edits: readonly EditEntry[];
  readonly documents: readonly FoundDocument[];
  /** True if edits may have had entries that could not be read. */
  readonly journalDamaged: boolean;
  /** Datastores of which documents could not be read. */
  readonly damaged: ReadonlySet<string>;
}

/** An edit that cannot be saved because its document cannot be read. */
export interface LostEdit {
  readonly datastore: string;
  readonly id: string;
}

/** What becomes of the edits in a damaged replica. */
export interface SalvagedEdits {
  /** To be pushed as they are. */
  readonly edits: readonly { readonly entry: EditEntry; readonly found: FoundDocument }[];
  /** Cannot be pushed any more, but what was written is known. */
  readonly rejected: readonly RejectedChange[];
  readonly lost: readonly LostEdit[];
}

/** What the decision over damaged edits depends on beside them. */
export interface SalvageOptions {
  readonly datastores: ReadonlyMap<string, Datastore>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** True for a document that was last written by the application, so that the server does not have it as it is. */
export function isLocalEdit(document: StoredDocument): boolean {
  return !isWrittenByReplication(document);
}

/**
 * Decides what can be saved. An edit needs its entry, which tells what it was based on, and its document. A document that
 * only the application wrote is an edit without the entry too: a new one is based on nothing; of any other the base is gone,
 * and it is kept as rejected with all that it says. An entry without a document is lost, unless all documents were read:
 * then it is one of a write that never came to pass. Documents come out in the declared schema version. Pure.
 */
export function salvageEdits(parts: FoundParts, options: SalvageOptions): SalvagedEdits {
  const documents = newest(parts.documents);
  const entries = new Map(parts.edits.map((entry) => [editKey({ name: entry.datastore }, entry.id), entry]));
  const edits: { entry: EditEntry; found: FoundDocument }[] = [];
  const rejected: RejectedChange[] = [];
  const lost: LostEdit[] = [];
  let order = Math.max(0, ...parts.edits.map((entry) => entry.order));

  for (const [key, entry] of entries) {
    const found = documents.get(key);
    if (found !== undefined && isOf(entry, found)) save(found, entry);
    else if (parts.damaged.has(entry.datastore)) lost.push({ datastore: entry.datastore, id: entry.id });
  }
  const without = parts.journalDamaged ? [...documents].filter(([key]) => !entries.has(key)) : [];
  for (const [, found] of without.sort(([, a], [, b]) => a.document._meta.lwt - b.document._meta.lwt)) {
    const { document, datastore, schemaVersion } = found;
    const isNew = serverMetaOf(document).version === undefined;
    if (!isLocalEdit(document) || (isNew && document._deleted)) continue;
    order += 1;
    const base = { version: null, document: null };
    const entry: EditEntry = { kind: 'edit', datastore, id: document.id, order, edits: 0, schemaVersion, base };
    if (isNew) save(found, entry);
    else rejected.push(rejection(found, entry, BASE_LOST));
  }
  return { edits, rejected, lost };

  function save(found: FoundDocument, entry: EditEntry): void {
    const saved = inDeclaredVersion(found, options.datastores.get(found.datastore));
    if (typeof saved === 'string') rejected.push(rejection(found, entry, saved));
    else edits.push({ entry, found: saved });
  }

  function rejection({ datastore, document }: FoundDocument, entry: EditEntry, message: string): RejectedChange {
    const content = document._deleted ? null : contentOf(document);
    const { id, order: at } = entry;
    const code = 'STORAGE_UNREADABLE';
    return { kind: 'rejected', datastore, id, order: at, code, message, document: content, at: options.now };
  }
}

/** The version in a document tells the base; with another one it is not the document that was edited. */
function isOf({ base, next }: EditEntry, { document }: FoundDocument): boolean {
  const version = serverMetaOf(document).version ?? null;
  return base.version === version || next?.version === version;
}

const BASE_LOST = 'The database file was damaged, and what this change was based on could not be read.';

/** Of several states of a document the one in the newest schema, and in that the latest. */
function newest(found: readonly FoundDocument[]): ReadonlyMap<string, FoundDocument> {
  const documents = new Map<string, FoundDocument>();
  for (const one of found) {
    const key = editKey({ name: one.datastore }, one.document.id);
    const known = documents.get(key);
    if (known === undefined || isLater(one, known)) documents.set(key, one);
  }
  return documents;
}

function isLater(one: FoundDocument, other: FoundDocument): boolean {
  if (one.schemaVersion !== other.schemaVersion) return one.schemaVersion > other.schemaVersion;
  return getHeightOfRevision(one.document._rev) > getHeightOfRevision(other.document._rev);
}

/** The document in the schema version of the declaration, or why there is none. Without a declaration it stays as it is. */
function inDeclaredVersion(found: FoundDocument, datastore: Datastore | undefined): FoundDocument | string {
  if (datastore === undefined || found.schemaVersion > datastore.version) return found;
  const { document, schemaVersion } = found;
  const at = { ...found, schemaVersion: datastore.version };
  if (document._deleted) return at;
  let content: JsonDocument;
  try {
    content = upgradeDocument(datastore, contentOf(document), schemaVersion);
  } catch (error) {
    return isDatastoreError(error) ? error.message : String(error);
  }
  const issues = issuesOf(datastore, content);
  if (issues.length > 0) {
    const problems = issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
    return `The database file was damaged, and this change does not fit the schema as it was read: ${problems}.`;
  }
  const { _attachments, _deleted, _meta, _rev } = document;
  return { ...at, document: { ...content, _attachments, _deleted, _meta, _rev } as StoredDocument };
}
