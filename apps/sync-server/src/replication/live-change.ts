import { pulledRowFormat } from '@datastores/core/protocol';
import { assertServedVersion, type Datastore } from '@datastores/core/schema';
import type { FeedDocument } from '../store/document.ts';
import type { Advance, Store } from '../store/store.ts';
import { documentText } from './document-text.ts';

/** A commit in one scope, as all streams share it. */
export interface LiveChange extends Advance {
  /**
   * The rows of a datastore for replicas of a schema version, as the text of a page; null where there are too many, or
   * they are not complete any more, or cannot be told in that version. Made once, whoever asks.
   */
  rows(datastore: string, schemaVersion: number): Promise<string | null>;
}

/** Longest text of the changes that a poke carries, in characters: what is longer is cheaper to pull by those who need it. */
export const MAX_POKE_SIZE = 16 * 1024;

/** Most documents of a commit that are looked at for a poke. */
const MAX_POKE_ROWS = 64;

/** What came to one scope by one commit. Nothing is read before somebody asks. */
export function liveChange(
  served: { readonly store: Store; readonly datastores: ReadonlyMap<string, Datastore> },
  advance: Advance,
): LiveChange {
  const documents = new Map<string, Promise<readonly FeedDocument[] | null>>();
  const texts = new Map<string, Promise<string | null>>();
  return {
    ...advance,
    rows(datastore, schemaVersion) {
      const key = `${schemaVersion} ${datastore}`;
      const text = texts.get(key) ?? rowsText(datastore, schemaVersion);
      texts.set(key, text);
      return text;
    },
  };

  async function rowsText(name: string, schemaVersion: number): Promise<string | null> {
    const datastore = served.datastores.get(name);
    if (datastore === undefined) return null;
    try {
      assertServedVersion(datastore, schemaVersion);
      const read = documents.get(name) ?? readRows(served.store, advance, name);
      documents.set(name, read);
      const rows = await read;
      return rows === null ? null : formatted({ datastore, scope: advance.scope, schemaVersion }, rows);
    } catch {
      // A store or a version step that fails here fails the pull as well, and there it is told to those it concerns.
      return null;
    }
  }
}

/** The newest states of what the commit wrote; what was written again since belongs to a later commit. */
async function readRows(
  store: Store,
  { scope, first, position }: Advance,
  datastore: string,
): Promise<readonly FeedDocument[] | null> {
  if (position.seq - first >= MAX_POKE_ROWS) return null;
  const limits = { maxRows: MAX_POKE_ROWS, maxBytes: MAX_POKE_SIZE };
  const { rows, hasMore, floor } = await store.feed({ scope, datastore, after: first - 1, ...limits });
  // Tombstones below the floor are gone: a replica that has not seen them has to hear that it must start over.
  if (floor >= first) return null;
  const isComplete = !hasMore || (rows.at(-1)?.seq ?? 0) >= position.seq;
  return isComplete ? rows.filter(({ seq }) => seq <= position.seq) : null;
}

interface Formatting {
  readonly datastore: Datastore;
  readonly scope: string;
  readonly schemaVersion: number;
}

function formatted({ datastore, scope, schemaVersion }: Formatting, rows: readonly FeedDocument[]): string | null {
  const format = pulledRowFormat(scope);
  const lines: string[] = [];
  let size = 0;
  for (const stored of rows) {
    const { version, id } = stored;
    const line = format({ version, id, text: documentText(datastore, stored, schemaVersion) });
    size += line.length + 1;
    if (size > MAX_POKE_SIZE) return null;
    lines.push(line);
  }
  return lines.join('\n');
}
