import { DatastoreError } from '@datastores/core';
import type { BulkWriteRow, CategorizeBulkWriteRowsOutput, RxAttachmentWriteData } from 'rxdb';
import { textKey } from './sort-key.ts';
import type { Table } from './table.ts';

/** The bytes of attachments about to be written. A Blob is read asynchronously, a transaction is synchronous: read them before. */
export type AttachmentBytes = ReadonlyMap<Blob, Buffer>;

/** Reads every Blob that the rows bring along. */
export async function readAttachments<RxDocType>(rows: readonly BulkWriteRow<RxDocType>[]): Promise<AttachmentBytes> {
  const blobs = rows.flatMap(({ document }) =>
    Object.values(document._attachments).flatMap((attachment) => ('data' in attachment ? [attachment.data] : [])),
  );
  const bytes = await Promise.all(blobs.map(async (blob) => [blob, Buffer.from(await blob.arrayBuffer())] as const));
  return new Map(bytes);
}

/** Writes and removes attachments as RxDB sorted them. Runs inside the transaction of the documents. */
export function writeAttachments<RxDocType>(
  { attachments, statements }: Table,
  written: CategorizeBulkWriteRowsOutput<RxDocType>,
  bytes: AttachmentBytes,
): void {
  const put = statements.prepare(
    `INSERT INTO ${attachments} (document, name, digest, type, data) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET digest = excluded.digest, type = excluded.type, data = excluded.data`,
  );
  const remove = statements.prepare(`DELETE FROM ${attachments} WHERE document = ? AND name = ?`);
  for (const { documentId, attachmentId, attachmentData } of [
    ...written.attachmentsAdd,
    ...written.attachmentsUpdate,
  ]) {
    const { digest, type, data } = attachmentData;
    put.run(textKey(documentId), textKey(attachmentId), digest, type, bytesOf(data, bytes));
  }
  for (const { documentId, attachmentId } of written.attachmentsRemove) {
    remove.run(textKey(documentId), textKey(attachmentId));
  }
}

/** Reads one attachment; throws `ATTACHMENT_MISSING` where there is none of this name with this digest. */
export function readAttachment(
  { attachments, statements }: Table,
  { documentId, attachmentId, digest }: { documentId: string; attachmentId: string; digest: string },
): Blob {
  const found = attachments
    ? statements
        .prepare<{ type: string; data: Buffer<ArrayBuffer> }>(
          `SELECT type, data FROM ${attachments} WHERE document = ? AND name = ? AND digest = ?`,
        )
        .get(textKey(documentId), textKey(attachmentId), digest)
    : undefined;
  if (!found) {
    const message = `Document ${documentId} has no attachment ${attachmentId} with digest ${digest}.`;
    throw new DatastoreError('ATTACHMENT_MISSING', message);
  }
  return new Blob([found.data], { type: found.type });
}

function bytesOf(blob: RxAttachmentWriteData['data'], bytes: AttachmentBytes): Buffer {
  const read = bytes.get(blob);
  if (!read) throw new Error('An attachment was not read before the transaction');
  return read;
}
