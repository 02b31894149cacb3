import type { Checkpoint, Position, Reset, ResetReason } from '@datastores/core/protocol';
import type { Store } from '../store/store.ts';
import type { Access } from './access.ts';

/**
 * The reset that a checkpoint asks for, or null if this store can go on from it. Scopes the caller may not see are left
 * out: nothing is said about them.
 */
export async function resetFor(store: Store, checkpoint: Checkpoint | null, access: Access): Promise<Reset | null> {
  const scopes: { scope: string; reason: ResetReason }[] = [];
  for (const scope of access.scopes) {
    const position = positionIn(checkpoint, scope);
    const reason = position === null ? null : await mismatch(store, scope, position);
    if (reason !== null) scopes.push({ scope, reason });
  }
  return scopes.length === 0 ? null : { kind: 'reset', scopes };
}

/**
 * The scopes of a checkpoint that the caller has lost. A replica that still holds their documents has to pull before it
 * pushes: an edit of one of them would otherwise look like a document that this server has lost.
 */
export function lostScopes(checkpoint: Checkpoint | null, access: Access): Reset | null {
  const lost = Object.keys(checkpoint ?? {}).filter((scope) => !access.scopes.includes(scope));
  if (lost.length === 0) return null;
  return { kind: 'reset', scopes: lost.map((scope) => ({ scope, reason: 'forbidden' })) };
}

/** The position of a scope in a checkpoint; null if it has none. */
export function positionIn(checkpoint: Checkpoint | null, scope: string): Position | null {
  return checkpoint !== null && Object.hasOwn(checkpoint, scope) ? (checkpoint[scope] ?? null) : null;
}

async function mismatch(store: Store, scope: string, position: Position): Promise<ResetReason | null> {
  if (position.epoch !== store.epoch) return 'epoch';
  // Nothing was pulled yet, so nothing can be wrong with it, and tombstones that are gone were never needed.
  if (position.seq === 0) return null;
  const { position: head, floor } = await store.head(scope);
  if (position.seq > head.seq) return 'server-behind';
  if (position.seq < floor) return 'compacted';
  const tag = position.seq === head.seq ? head.tag : await store.tagAt(scope, position.seq);
  return tag === position.tag ? null : 'diverged';
}
