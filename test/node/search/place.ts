import type { Datastore, Datastores } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import { type ReplicaUnderTest, type SearchPlace, searchPlace as searchPlaceOf } from '../../suites/search/place.ts';

/** Replicas on SQLite. */
export const sqliteReplica: ReplicaUnderTest = {
  documents: 3_000,
  open: async <const D extends readonly Datastore[]>(folder: string, datastores: D): Promise<Datastores<D>> =>
    openDatastores({ folder, datastores, durability: 'normal', drainMs: false }),
};

/** A place of replicas on SQLite. */
export function searchPlace(): SearchPlace {
  return searchPlaceOf(sqliteReplica);
}
