import {
  addDigests,
  type Caller,
  type Checkpoint,
  DIGEST_LENGTH,
  type DigestEntry,
  type DigestRequest,
  type DigestResponse,
  type Digests,
  ID_DIGEST_LENGTH,
  idDigest,
  MAX_CHANGED,
  MAX_LISTED,
  MAX_PAGE_BYTES,
  type Position,
  pulledRowFormat,
  readDigests,
  writeDigests,
} from '@datastores/core/protocol';
import { assertServedVersion, type Datastore } from '@datastores/core/schema';
import type { FeedDocument } from '../store/document.ts';
import { type Access, readAccess, servedDatastore } from './access.ts';
import { positionIn, resetFor, resetForLost } from './checkpoint.ts';
import type { DigestTables, ScopeDigests } from './digest-tables.ts';
import { documentText } from './document-text.ts';
import type { Served } from './pull.ts';

/**
 * Sums up what the caller's scopes hold, as of the position of the request, and sends documents that turned out to differ
 * in their newest state. A replica whose position this store cannot go on from gets the reset.
 */
export async function digest(
  served: Served & { readonly tables: DigestTables },
  request: DigestRequest,
  caller: Caller,
): Promise<DigestResponse> {
  const datastore = servedDatastore(served.datastores, request.datastore);
  assertServedVersion(datastore, request.schemaVersion);
  const access = await readAccess(served, request, caller);
  const { checkpoint } = request;
  const newest = checkpoint === null ? await newestOf(served, access) : null;
  const scopes = await digestsOf(served, { datastore, access, request });
  const documents = await documentsFor(served, { datastore, access, request }, scopes);
  // Looked at behind the tables, as a pull does: tombstones that are compacted in between then show as a reset.
  const reset = resetForLost(request, access) ?? (await resetFor(served.store, request, access));
  if (reset !== null) return reset;
  const changed = await changedSince(served, { datastore, access, checkpoint: checkpoint ?? newest }, scopes);
  if (changed === null) return { kind: 'behind' };
  const tables = [...scopes.values()].map(({ table }) => table);
  return {
    kind: 'digests',
    checkpoint: newest,
    changed: writeDigests([...changed], ID_DIGEST_LENGTH),
    split: request.split.map((range) => {
      const parts = tables.map((table) => table.split(range, changed));
      const sums = Array.from({ length: 16 }, (_, at) =>
        parts.reduce((sum, part) => addDigests(sum, part[at] ?? 0), 0),
      );
      return writeDigests(sums, DIGEST_LENGTH);
    }),
    list: request.list.map((range) => {
      const lists = tables.map((table) => table.list(range, changed, MAX_LISTED));
      const entries = lists.every((list) => list !== null) ? lists.flat() : null;
      return entries === null || entries.length > MAX_LISTED ? null : entries.map(entryText).join('');
    }),
    ...documents,
  };
}

/** Bytes of changed documents that are read at most for the sake of their ids. */
const MOST_READ = 8 * MAX_PAGE_BYTES;

interface Asked {
  readonly datastore: Datastore;
  readonly access: Access;
  readonly request: DigestRequest;
}

/** What each scope holds. Nothing is summed up where only documents in doubt are asked for. */
async function digestsOf({ tables }: { readonly tables: DigestTables }, { datastore, access, request }: Asked) {
  const { split, list, wanted, schemaVersion } = request;
  const scopes = new Map<string, ScopeDigests>();
  if (split.length + list.length + wanted.length === 0) return scopes;
  for (const scope of access.scopes) scopes.set(scope, await tables.upToDate({ scope, datastore, schemaVersion }));
  return scopes;
}

async function newestOf({ store }: Served, access: Access): Promise<Checkpoint> {
  const positions: Record<string, Position> = {};
  for (const scope of access.scopes) positions[scope] = (await store.head(scope)).position;
  return positions;
}

/**
 * Digests of the ids that changed after a position, null if there are too many. What the tables have and the position has
 * not is among it; another request may have brought a table on in the meantime, then it is read again.
 */
async function changedSince(
  { store }: Served,
  { datastore, access, checkpoint }: Omit<Asked, 'request'> & { readonly checkpoint: Checkpoint | null },
  scopes: ReadonlyMap<string, ScopeDigests>,
): Promise<ReadonlySet<number> | null> {
  for (;;) {
    const changed = new Set<number>();
    const heads = new Map<string, number>();
    for (const scope of access.scopes) {
      const after = positionIn(checkpoint, scope)?.seq ?? 0;
      const maxRows = MAX_CHANGED - changed.size;
      const feed = await store.feed({
        scope,
        datastore: datastore.name,
        after,
        maxRows: maxRows + 1,
        maxBytes: MOST_READ,
      });
      if (feed.hasMore || feed.rows.length > maxRows) return null;
      for (const { id } of feed.rows) changed.add(idDigest(id));
      heads.set(scope, feed.position.seq);
    }
    if ([...scopes].every(([scope, { seq }]) => seq <= (heads.get(scope) ?? 0))) return changed;
  }
}

function entryText({ id, digest: sum }: DigestEntry): string {
  return writeDigests([id], ID_DIGEST_LENGTH) + writeDigests([sum], DIGEST_LENGTH);
}

async function documentsFor(
  { store }: Served,
  { datastore, access, request }: Asked,
  scopes: ReadonlyMap<string, ScopeDigests>,
): Promise<Pick<Digests, 'documents' | 'absent' | 'taken'>> {
  const lines: string[] = [];
  const absent: string[] = [];
  let bytes = 0;
  const add = (scope: string, row: FeedDocument) => {
    const { id, version } = row;
    const line = pulledRowFormat(scope)({ id, version, text: documentText(datastore, row, request.schemaVersion) });
    lines.push(line);
    bytes += Buffer.byteLength(line);
  };
  for (const id of request.doubted) {
    if (bytes >= MAX_PAGE_BYTES) break;
    let found = false;
    for (const scope of access.scopes) {
      const stored = await store.document(scope, { datastore: datastore.name, id });
      if (stored === null || stored.deleted) continue;
      add(scope, stored);
      found = true;
    }
    if (!found) absent.push(id);
  }
  let taken = 0;
  for (const id of readDigests(request.wanted, ID_DIGEST_LENGTH)) {
    if (taken > 0 && bytes >= MAX_PAGE_BYTES) break;
    taken += 1;
    for (const [scope, { table }] of scopes) {
      const place = table.get(id)?.place;
      if (place === undefined) continue;
      const { rows } = await store.feed({
        scope,
        datastore: datastore.name,
        after: place - 1,
        maxRows: 1,
        maxBytes: 1,
      });
      // Another document now stands behind this place: the one that was meant has changed, and comes with a pull.
      const [row] = rows;
      if (row?.seq === place && !row.deleted) add(scope, row);
    }
  }
  return { documents: lines.join('\n'), absent, taken };
}
