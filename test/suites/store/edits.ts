import { canonicalJson, type JsonObject } from '@datastores/core/schema';
import type { DocumentWrite, StoredDocument } from '../../../apps/sync-server/src/store/document.ts';
import type { FeedPage, Store } from '../../../apps/sync-server/src/store/store.ts';
import type { Written } from '../../../apps/sync-server/src/store/write.ts';

/** The scope of tests that need only one. */
export const SCOPE = 'tenant-1';

/** A write of a note, which no system is told of, unless `parts` says otherwise. */
export function edit(id: string, fields: JsonObject | null = {}, parts: Partial<DocumentWrite> = {}): DocumentWrite {
  const body = fields === null ? null : canonicalJson({ ...fields, id });
  return { datastore: 'note', id, body, schemaVersion: 0, author: 'replica-1', base: null, from: null, ...parts };
}

/** A write of a product, which two systems are told of. */
export function product(id: string, fields: JsonObject | null = {}, parts: Partial<DocumentWrite> = {}): DocumentWrite {
  return edit(id, fields, { datastore: 'product', ...parts });
}

/** `count` notes with ids in ascending order. */
export function notes(count: number, prefix = 'n'): DocumentWrite[] {
  return Array.from({ length: count }, (_, at) => edit(`${prefix}${String(at).padStart(5, '0')}`, { at }));
}

/** Commits documents without looking at what is there. */
export async function put(
  store: Store,
  documents: readonly DocumentWrite[],
  scope = SCOPE,
): Promise<readonly StoredDocument[]> {
  const written: Written<null> = await store.write({ scope }, () => ({ documents, result: null }));
  return written.documents;
}

/** The states of a datastore after a number, by following pages of so many rows to the end. */
export async function follow(
  store: Store,
  { datastore = 'note', scope = SCOPE, after = 0, maxRows = 100, maxBytes = 1_000_000 } = {},
): Promise<FeedPage[]> {
  const pages: FeedPage[] = [];
  for (let from = after; ; ) {
    const page = await store.feed({ scope, datastore, after: from, maxRows, maxBytes });
    pages.push(page);
    if (!page.hasMore) return pages;
    if (page.rows.length === 0) throw new Error('A page without rows says that more follows.');
    from = page.position.seq;
  }
}
