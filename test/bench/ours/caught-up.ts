import type { DatastoresControl } from '@datastores/core';
import { filter, firstValueFrom, map } from 'rxjs';

/** Resolves when the replica has all that the server has. Rejects where it never will: a bench must not wait for ever. */
export async function caughtUp({ status$ }: Pick<DatastoresControl, 'status$'>): Promise<void> {
  await firstValueFrom(
    status$.pipe(
      map(({ state, datastores }) => {
        if (state === 'live') return true;
        if (state !== 'stopped' && state !== 'needs-sign-in') return false;
        throw new Error(`The replication is ${state}.`, { cause: Object.values(datastores)[0]?.error });
      }),
      filter((live) => live),
    ),
  );
}
