import { prepareQuery } from 'rxdb';
import { createDigestTable, type DigestTable } from '../protocol/digest-table.ts';
import { documentDigest, idDigest } from '../protocol/document-digest.ts';
import { type EditEntry, editKey } from '../replica/journal-entry.ts';
import { contentOf, type StoredDocument, serverMetaOf } from '../replica/stored.ts';
import type { ApplyTarget } from './apply-page.ts';
import { editKeys } from './collect-changes.ts';
import { letOthersRun } from './let-others-run.ts';

/** What a replica holds of the server's side of a datastore. */
export interface Holdings {
  /** The place of an entry is that of its id in `ids`. */
  readonly table: DigestTable;
  readonly ids: readonly string[];
  /** Digests of ids that nothing can be said of: two ids with the same, and documents that are set aside. */
  readonly unclear: ReadonlySet<number>;
  /** Digests of the ids of documents with unpushed edits. */
  readonly edited: ReadonlySet<number>;
}

/** Documents looked at in one go, so that local reads get their turn in between. */
const SLICE = 100;

/** Stands for a document that cannot be read. */
const UNREADABLE = 1;

type Target = Omit<ApplyTarget, 'generations' | 'now'>;

/**
 * Digests what the replica holds of the server's state: of a document with unpushed edits the state that they are based on.
 * Replication must not write meanwhile; the application may.
 */
export async function holdingsOf(target: Target, signal: AbortSignal): Promise<Holdings> {
  const { holdings, enterRow, enterEdit } = createHoldings();
  for await (const rows of storedRows(target)) {
    signal.throwIfAborted();
    // Asked after the documents were read: an edit is journalled before its document, so none can be overlooked.
    const journalled = await target.journal.held(rows.map(({ id }) => editKey(target.datastore, id)));
    for (const row of rows) if (!journalled.has(editKey(target.datastore, row.id))) enterRow(row);
    await letOthersRun();
  }
  await target.journal.reload();
  for await (const { entry, document } of edits(target)) enterEdit(entry, document);
  for (const entry of target.journal.index.values()) {
    if (entry.kind === 'quarantined' && entry.datastore === target.datastore.name) {
      holdings.unclear.add(idDigest(entry.id));
    }
  }
  return holdings;
}

/** Holdings to be filled: with the rows that have no edits first, then with the edits. */
export function createHoldings() {
  const table = createDigestTable();
  const ids: string[] = [];
  const holdings = { table, ids, unclear: new Set<number>(), edited: new Set<number>() } satisfies Holdings;
  const enter = (id: string, digest: number) => table.set({ id: idDigest(id), digest, place: ids.push(id) - 1 });
  return {
    holdings,
    enterRow({ id, document }: Row): void {
      if (document?._deleted) return;
      if (table.get(idDigest(id)) !== undefined) holdings.unclear.add(idDigest(id));
      enter(id, document === null ? UNREADABLE : stateDigest(document));
    },
    enterEdit(entry: EditEntry, document: StoredDocument | undefined): void {
      holdings.edited.add(idDigest(entry.id));
      const digest = baseDigest(entry, document);
      if (digest === null) table.delete(idDigest(entry.id));
      else enter(entry.id, digest);
    },
  };
}

/** A document of a replica. */
export interface Row {
  readonly id: string;
  /** Null: damaged. */
  readonly document: StoredDocument | null;
}

async function* storedRows({ storage: { instance } }: Target): AsyncGenerator<readonly Row[]> {
  const { direct } = instance;
  if (direct !== undefined) {
    for (let rows = direct.readRows(-1, SLICE); rows.length > 0; rows = direct.readRows(lastPlace(rows), SLICE)) {
      yield rows;
    }
    return;
  }
  let after = '';
  for (;;) {
    const query = { selector: { id: { $gt: after } }, sort: [{ id: 'asc' as const }], skip: 0, limit: SLICE };
    const { documents } = await instance.query(prepareQuery(instance.schema, query as never));
    yield documents.map((document) => ({ id: document.id, document }));
    const last = documents.at(-1);
    if (last === undefined || documents.length < SLICE) return;
    after = last.id;
  }
}

function lastPlace(rows: readonly { readonly place: number }[]): number {
  return rows.at(-1)?.place ?? Number.MAX_SAFE_INTEGER;
}

async function* edits({ storage: { instance }, journal, datastore }: Target) {
  const keys = editKeys({ journal, datastore });
  for (let start = 0; start < keys.length; start += SLICE) {
    const entries = [...(await journal.read<EditEntry>(keys.slice(start, start + SLICE))).values()];
    const found = await readable(() =>
      instance.findDocumentsById(
        entries.map(({ id }) => id),
        true,
      ),
    );
    const documents = new Map(found.map((document) => [document.id, document]));
    for (const entry of entries) yield { entry, document: documents.get(entry.id) };
  }
}

/** A damaged document of an edit tells nothing about its base. */
async function readable(read: () => Promise<StoredDocument[]>): Promise<StoredDocument[]> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function stateDigest(stored: StoredDocument): number {
  const { version = '', scope = '' } = serverMetaOf(stored);
  return documentDigest({ scope, version, document: contentOf(stored) });
}

/** Digest of what the server has while an edit of it waits; null: nothing. */
export function baseDigest({ base, next, held }: EditEntry, stored: StoredDocument | undefined): number | null {
  const meta = serverMetaOf(stored);
  const known = next !== undefined && next.version === meta.version ? next : base;
  const {
    version,
    document,
    scope = '',
  } = held ?? { ...known, ...(meta.scope === undefined ? {} : { scope: meta.scope }) };
  return document === null || version === null ? null : documentDigest({ scope, version, document });
}
