import { getChangedDocumentsSince } from 'rxdb';
import type { AnyInstance } from './current-index.ts';
import { createSlices } from './slices.ts';
import type { StoredDocument } from './text-index.ts';

/** What is read, and who takes it. */
export interface ChangesToRead {
  /** A checkpoint of the storage; undefined: from the first document on. */
  readonly from: unknown;
  readonly take: (document: StoredDocument) => void;
  readonly mayGoOn: () => boolean;
}

/** What was read. */
export interface ReadChanges {
  /** The last checkpoint. */
  readonly checkpoint: unknown;
  readonly documents: number;
}

/** So many documents are read at once. */
const PAGE = 100;

/** Reads all documents that were written after a checkpoint, in the order of their writes and in slices. */
export async function readChanges(instance: AnyInstance, { from, take, mayGoOn }: ChangesToRead): Promise<ReadChanges> {
  const slices = createSlices();
  let checkpoint = from;
  let documents = 0;
  while (mayGoOn()) {
    const page = await getChangedDocumentsSince(instance, PAGE, checkpoint as undefined);
    for (const document of page.documents) {
      if (slices.due()) await slices.next();
      take(document);
    }
    checkpoint = page.checkpoint ?? checkpoint;
    documents += page.documents.length;
    if (page.documents.length < PAGE) break;
    if (slices.due()) await slices.next();
  }
  return { checkpoint, documents };
}
