import type { Checkpoint, Position, Reset, ResetReason } from '@datastores/core/protocol';
import type { Store } from '../store/store.ts';
import type { Access } from './access.ts';

/** What a replica says of the feed: how far it has pulled, and what it was told of beyond that. */
export interface Known {
  readonly checkpoint: Checkpoint | null;
  readonly acknowledged?: Checkpoint | undefined;
}

/**
 * The reset that a replica needs, or null if this store can go on from what it knows. What was acknowledged counts like
 * what was pulled: a store that was restored to a place between the two has lost what the replica takes for agreed.
 * Scopes the caller may not see are left out: nothing is said about them.
 */
export async function resetFor(store: Store, known: Known, access: Access): Promise<Reset | null> {
  const scopes: { scope: string; reason: ResetReason }[] = [];
  for (const scope of access.scopes) {
    for (const positions of [known.checkpoint, known.acknowledged]) {
      const position = positionIn(positions, scope);
      const reason = position === null ? null : await mismatch(store, scope, position);
      if (reason === null) continue;
      scopes.push({ scope, reason });
      break;
    }
  }
  return scopes.length === 0 ? null : { kind: 'reset', scopes };
}

/**
 * The reset for a replica that has documents of scopes which its caller has lost, or null. It has to pull first, which
 * removes them: an edit of one of them would otherwise look like a document that this server has lost.
 */
export function resetForLost(known: Known, access: Access): Reset | null {
  const lost = lostScopes(known, access);
  return lost.length === 0 ? null : { kind: 'reset', scopes: lost.map((scope) => ({ scope, reason: 'forbidden' })) };
}

/** The scopes that a replica has documents of and its caller has lost. */
export function lostScopes({ checkpoint, acknowledged }: Known, access: Access): readonly string[] {
  const scopes = new Set(Object.keys({ ...checkpoint, ...acknowledged }));
  return [...scopes].filter((scope) => !access.allows(scope));
}

/** The position of a scope in a checkpoint; null if it has none. */
export function positionIn(checkpoint: Checkpoint | null | undefined, scope: string): Position | null {
  return checkpoint != null && Object.hasOwn(checkpoint, scope) ? (checkpoint[scope] ?? null) : null;
}

async function mismatch(store: Store, scope: string, position: Position): Promise<ResetReason | null> {
  if (position.epoch !== store.epoch) return 'epoch';
  // Nothing was pulled yet, so nothing can be wrong with it, and tombstones that are gone were never needed.
  if (position.seq === 0) return null;
  // A pull of everything has got the rows before where it began from this very feed; what it may lack is of later.
  const { seq, tag } = position.begun ?? position;
  const { position: head, floor } = await store.head(scope);
  if (seq > head.seq) return 'server-behind';
  if (seq < floor) return 'compacted';
  const stored = seq === head.seq ? head.tag : await store.tagAt(scope, seq);
  return stored === tag ? null : 'diverged';
}
