import { createRevision, now, type RxDocumentData, type RxStorageInstance } from 'rxdb';
import type { Document, JsonDocument } from '../schema/document.ts';
import type { MaybeDirect } from './direct-access.ts';

/** A document as RxDB stores it. */
export type StoredDocument = RxDocumentData<Document>;

/** The storage of one datastore, below RxDB and below the journal. */
export type StorageInstance = RxStorageInstance<Document, unknown, unknown> & MaybeDirect<Document>;

/** What the replica keeps of the server's side inside each stored document. RxDB carries it along through local edits. */
export interface ServerMeta {
  /** Version on the server that this state is, or is based on; absent for a document the server does not know. */
  readonly version?: string;
  readonly scope?: string;
  /** Which complete pull of the scope brought it; a reset starts a new one, and what it does not bring is removed. */
  readonly generation?: number;
}

/** The server's side of a stored document. */
export function serverMetaOf(document: StoredDocument | undefined): ServerMeta {
  return (document?._meta ?? {}) as ServerMeta;
}

const OF_RXDB: ReadonlySet<string> = new Set(['_attachments', '_deleted', '_meta', '_rev']);

/** The document without what RxDB adds to it. */
export function contentOf(stored: StoredDocument): JsonDocument {
  const content: Record<string, unknown> = {};
  // Twice as fast as taking the rest of a pattern, and it is done for every document that is written.
  for (const field in stored) if (!OF_RXDB.has(field)) content[field] = stored[field as keyof StoredDocument];
  return content as unknown as JsonDocument;
}

/** What a write of replication puts into the storage. */
export interface ReplicationWrite {
  readonly previous: StoredDocument | undefined;
  readonly content: JsonDocument;
  readonly deleted: boolean;
  readonly meta: ServerMeta;
}

/** A storage row for a write of replication, with the next revision, as RxDB itself would make it for a local write. */
export function replicationRow(write: ReplicationWrite): { document: StoredDocument; previous?: StoredDocument } {
  const document = {
    ...write.content,
    _deleted: write.deleted,
    _attachments: write.previous?._attachments ?? {},
    _meta: { lwt: now(), ...write.meta },
    _rev: createRevision(REVISION_AUTHOR, write.previous),
  } as unknown as StoredDocument;
  return write.previous === undefined ? { document } : { document, previous: write.previous };
}

/** Ends every revision written by replication, so that one can tell in the database who wrote a row. */
export const REVISION_AUTHOR = 'replication';

/** Revision of a document that replication stores for the first time. */
export const FIRST_REVISION = createRevision(REVISION_AUTHOR);

/** True if replication wrote this state; what the application writes is never taken for it. */
export function isWrittenByReplication({ _rev }: StoredDocument): boolean {
  return _rev.endsWith(`-${REVISION_AUTHOR}`);
}

/** Context of writes that are not the application's and must not enter the journal. RxDB's own migration uses the same prefix. */
export const REPLICATION_CONTEXT = 'replication-pull';

/** True for writes that bring in what is already agreed, or that move documents to a new schema version. */
export function isReplicationContext(context: string): boolean {
  return context.startsWith('replication-') || context.startsWith('migrate-');
}
