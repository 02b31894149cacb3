import { FEED_PLANTS } from './feed.ts';
import type { Plant } from './plant.ts';
import { PUSH_PLANTS } from './push.ts';
import { RECONCILE_PLANTS } from './reconcile.ts';
import { REPLICA_PLANTS } from './replica.ts';

/** All bugs that can be planted. */
export const PLANTS: readonly Plant[] = [...PUSH_PLANTS, ...FEED_PLANTS, ...REPLICA_PLANTS, ...RECONCILE_PLANTS];
