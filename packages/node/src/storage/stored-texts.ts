import type { RxDocumentData, RxDocumentMeta } from 'rxdb';

/**
 * How a document is stored: `data` is the JSON text of its content, `tail` what RxDB adds to it, as the end of such a
 * text. A document that comes as text is stored as it came, and its place in replication changes without its content.
 */
export type StoredTexts = readonly [data: string, tail: string];

/** The columns of {@link StoredTexts}. */
export const STORED_TEXTS = 'data, tail';

/** Reads a stored document. */
export function documentOf<RxDocType>([data, tail]: StoredTexts): RxDocumentData<RxDocType> {
  return JSON.parse(data.slice(0, -1) + tail);
}

/** The two texts of a document. */
export function textsOf<RxDocType>(document: RxDocumentData<RxDocType>): StoredTexts {
  const content: Record<string, unknown> = {};
  // Twice as fast as taking the rest of a pattern, and it is done for every document that is written.
  for (const field in document)
    if (!OF_RXDB.has(field)) content[field] = (document as unknown as Record<string, unknown>)[field];
  return [JSON.stringify(content), tailOf(document)];
}

const OF_RXDB: ReadonlySet<string> = new Set(['_attachments', '_deleted', '_meta', '_rev']);

/** What RxDB adds to a document, to be put in place of the bracket that closes its content. */
export function tailOf({
  _deleted,
  _attachments,
  _meta,
  _rev,
}: Pick<RxDocumentData<unknown>, '_deleted' | '_attachments' | '_meta' | '_rev'>): string {
  return `,"_deleted":${_deleted},"_attachments":${attachmentsText(_attachments)},"_meta":${JSON.stringify(_meta)},"_rev":${JSON.stringify(_rev)}}`;
}

/** `_meta` out of what RxDB has added to a document. */
export function metaIn(tail: string): RxDocumentMeta {
  return JSON.parse(`{${tail.slice(1)}`)._meta;
}

/** Hardly any document has attachments, and writing nothing is not to cost anything. */
function attachmentsText(attachments: object): string {
  for (const _ in attachments) return JSON.stringify(attachments);
  return '{}';
}
