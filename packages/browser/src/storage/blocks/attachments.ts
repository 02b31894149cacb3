import { DatastoreError } from '@datastores/core';
import type { BulkWriteRow, CategorizeBulkWriteRowsOutput } from 'rxdb';
import type { Collection } from './collection.ts';
import type { Commit } from './connection.ts';
import { answer, begin, type StoredAttachment } from './database.ts';

/** The bytes of attachments about to be written: reading a Blob inside a transaction would end it. */
export type AttachmentBytes = ReadonlyMap<Blob, ArrayBuffer>;

/** Reads every Blob that the rows bring along. */
export async function readBlobs(rows: readonly BulkWriteRow<unknown>[]): Promise<AttachmentBytes> {
  const blobs = rows.flatMap(({ document }) =>
    Object.values(document._attachments).flatMap((attachment) => ('data' in attachment ? [attachment.data] : [])),
  );
  return new Map(await Promise.all(blobs.map(async (blob) => [blob, await blob.arrayBuffer()] as const)));
}

/** Writes and removes attachments as RxDB sorted them, in the transaction of their documents. */
export function writeAttachments(
  { commit, collection }: { readonly commit: Commit; readonly collection: Collection },
  sorted: CategorizeBulkWriteRowsOutput<unknown>,
  bytes: AttachmentBytes,
): void {
  for (const { documentId, attachmentId, attachmentData } of [...sorted.attachmentsAdd, ...sorted.attachmentsUpdate]) {
    const { digest, type, data } = attachmentData;
    const attachment = { digest, type, bytes: bytes.get(data) as ArrayBuffer } satisfies StoredAttachment;
    commit.store('attachments').put(attachment, [collection.number, documentId, attachmentId]);
  }
  for (const { documentId, attachmentId } of sorted.attachmentsRemove) {
    commit.store('attachments').delete([collection.number, documentId, attachmentId]);
  }
}

/** Reads one attachment; throws `ATTACHMENT_MISSING` where there is none of this name with this digest. */
export async function readAttachment(
  database: IDBDatabase,
  { number }: Collection,
  wanted: { readonly documentId: string; readonly attachmentId: string; readonly digest: string },
): Promise<Blob> {
  const { documentId, attachmentId, digest } = wanted;
  const store = begin(database, 'readonly').store('attachments');
  const found = await answer<StoredAttachment | undefined>(store.get([number, documentId, attachmentId]));
  if (found?.digest === digest) return new Blob([found.bytes], { type: found.type });
  const message = `Document ${documentId} has no attachment ${attachmentId} with digest ${digest}.`;
  throw new DatastoreError('ATTACHMENT_MISSING', message);
}
