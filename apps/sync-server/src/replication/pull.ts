import {
  type Caller,
  type Position,
  type PullPage,
  type PullRequest,
  type PullResponse,
  pulledRowFormat,
} from '@datastores/core/protocol';
import { assertServedVersion, type Datastore } from '@datastores/core/schema';
import type { FeedPage, Store } from '../store/store.ts';
import { type Access, type AccessGrounds, readAccess, servedDatastore } from './access.ts';
import { lostScopes, positionIn, resetFor } from './checkpoint.ts';
import { documentText } from './document-text.ts';

/** What pull and push work on. */
export interface Served extends AccessGrounds {
  readonly datastores: ReadonlyMap<string, Datastore>;
}

/**
 * One page of what came after a checkpoint. Reads first and checks the checkpoint afterwards: tombstones that are
 * compacted in between then show as a reset, not as documents that stay on the replica for ever.
 */
export async function pull(served: Served, request: PullRequest, caller: Caller): Promise<PullResponse> {
  const datastore = servedDatastore(served.datastores, request.datastore);
  assertServedVersion(datastore, request.schemaVersion);
  const access = await readAccess(served, request, caller);
  const page = await fillPage(served.store, { request, datastore, access });
  return (await resetFor(served.store, request, access)) ?? page;
}

interface PageRequest {
  readonly request: PullRequest;
  readonly datastore: Datastore;
  readonly access: Access;
}

async function fillPage(store: Store, { request, datastore, access }: PageRequest): Promise<PullPage> {
  const rows: string[] = [];
  const positions: Record<string, Position> = {};
  let bytes = 0;
  let remaining = 0;
  let hasMore = false;
  for (const scope of access.scopes) {
    const from = positionIn(request.checkpoint, scope);
    if (hasMore) {
      if (from !== null) positions[scope] = from;
      continue;
    }
    const full = rows.length >= request.maxRows || (rows.length > 0 && bytes >= request.maxBytes);
    const feed = await store.feed({
      scope,
      datastore: datastore.name,
      after: from?.epoch === store.epoch ? from.seq : 0,
      // A full page still asks whether the next scope has anything, so that `hasMore` is never a guess.
      maxRows: full ? 1 : request.maxRows - rows.length,
      maxBytes: full ? 1 : request.maxBytes - bytes,
    });
    if (full && feed.rows.length > 0) {
      hasMore = true;
      remaining += feed.rows.length + feed.remaining;
      if (from !== null) positions[scope] = from;
      continue;
    }
    const line = pulledRowFormat(scope);
    for (const stored of feed.rows) {
      const { version, id } = stored;
      rows.push(line({ version, id, text: documentText(datastore, stored, request.schemaVersion) }));
    }
    bytes += feed.bytes;
    positions[scope] = positionAfter(from, feed);
    hasMore = feed.hasMore;
    remaining += feed.remaining;
  }
  return {
    kind: 'page',
    documents: rows.join('\n'),
    checkpoint: positions,
    hasMore,
    dropped: [...lostScopes(request, access)],
    remaining,
  };
}

/** Where a page ends. A pull of everything notes where the feed ended when it began, until it comes there. */
function positionAfter(from: Position | null, { position, head }: Pick<FeedPage, 'position' | 'head'>): Position {
  const begun = from === null || from.seq === 0 ? { seq: head.seq, tag: head.tag } : from.begun;
  return begun === undefined || position.seq >= begun.seq ? position : { ...position, begun };
}
