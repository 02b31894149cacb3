import type { JsonObject } from '@datastores/core/schema';
import type { StoredDocument } from './document.ts';
import type { AskedFields, Link } from './link.ts';
import type { LaneState, LinkedDocument, UnlinkedDocument } from './linked.ts';

/** The columns of a link beside those that name its document. */
export interface LinkRow extends Omit<Link, 'base' | 'asked'> {
  readonly base: string;
  readonly asked: string | null;
}

interface DocumentRow {
  readonly seq: number | null;
  readonly version: string;
  readonly deleted: number;
  readonly body: string;
  readonly schemaVersion: number;
  readonly author: string;
  readonly documentBase: string | null;
  readonly at: number;
  readonly lane: LaneState;
}

/** A link beside its document, where there is one. */
export type LinkedRow = LinkRow & DocumentRow & { readonly waits: number };

/** A document beside its link, where there is one. */
export type UnlinkedRow = DocumentRow & { readonly scope: string; readonly id: string } & (
    | LinkRow
    | { readonly ref: null }
  );

/** A link and its document out of what is kept. */
export function linkedOf(row: LinkedRow): LinkedDocument {
  return { link: linkOf(row, row), document: documentOf(row, row), lane: row.lane, waits: row.waits === 1 };
}

/** A document without a record out of what is kept. */
export function unlinkedOf(row: UnlinkedRow, datastore: string): UnlinkedDocument {
  const key = { scope: row.scope, datastore, id: row.id };
  return {
    link: row.ref === null ? null : linkOf(row, key),
    document: documentOf(row, key) as StoredDocument,
    lane: row.lane,
  };
}

interface Name {
  readonly scope: string;
  readonly datastore: string;
  readonly id: string;
}

/** A link out of what is kept. */
export function linkOf(row: LinkRow, { scope, datastore, id }: Name): Link {
  const { system, stream, key, ref, recordVersion, digest, seen, gone, syncedAt } = row;
  const base = JSON.parse(row.base) as JsonObject;
  const asked = askedFrom(row.asked);
  return { scope, datastore, id, system, stream, key, ref, base, recordVersion, digest, asked, seen, gone, syncedAt };
}

/** Questions as they are kept; null: none. */
export function askedText(asked: AskedFields | null): string | null {
  return asked === null ? null : JSON.stringify(asked);
}

/** Questions out of what is kept. */
export function askedFrom(text: string | null): AskedFields | null {
  return text === null ? null : (JSON.parse(text) as AskedFields);
}

function documentOf(row: DocumentRow, { scope, datastore, id }: Name): StoredDocument | null {
  const { seq, version, body, schemaVersion, author, documentBase: base, at } = row;
  const deleted = row.deleted === 1;
  return seq === null ? null : { scope, datastore, id, seq, version, deleted, body, schemaVersion, author, base, at };
}
