import { randomUUID } from 'node:crypto';
import type { Link } from '../store/link.ts';
import type { Draft } from './draft.ts';

/** Which document gets a link. */
export interface LinkTarget {
  readonly id: string;
  /** Kept where a create has already been given one; default: a new one. */
  readonly ref?: string | undefined;
}

/** A link that has neither key nor base yet. */
export function newLink(
  draft: Pick<Draft, 'bound' | 'scope' | 'reading'>,
  { id, ref = randomUUID() }: LinkTarget,
): Link {
  const { system, stream, datastore } = draft.bound.binding;
  const base = { scope: draft.scope, datastore: datastore.name, id, system, stream, key: null, ref, base: {} };
  return { ...base, recordVersion: null, digest: null, seen: draft.reading.generation, gone: null, syncedAt: 0 };
}
