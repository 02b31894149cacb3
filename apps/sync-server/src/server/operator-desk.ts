import type { Datastore } from '@datastores/core/schema';
import type { OperatorDesk } from '../http/operator-routes.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import { servedDatastore } from '../replication/access.ts';

/** What an operator can look at and do on a server of these datastores. */
export function operatorDesk(reconciler: Reconciler, datastores: readonly Datastore[]): OperatorDesk {
  const served = new Map(datastores.map((datastore) => [datastore.name, datastore]));
  return {
    explain: async (request) =>
      reconciler.explain({ ...request, datastore: servedDatastore(served, request.datastore) }),
    letters: reconciler.letters,
    retry: reconciler.retry,
    drop: reconciler.drop,
    found: reconciler.found,
    unused: reconciler.unused,
  };
}
