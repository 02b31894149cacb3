import { basename, join } from 'node:path';
import type { Datastore, SharedLine, SharedMessage, Strategy } from '@datastores/core';
import { getRxStorageSQLite } from '@datastores/node';
import { enforceOptions } from 'broadcast-channel';
import type { RxStorage } from 'rxdb';
import { filter, map, type Observable, of, Subject } from 'rxjs';
import { crashingStorage } from './crashing-storage.ts';
import { temporaryFolder } from './folder.ts';
import { startReplica, type startService } from './sync.ts';

// Like the channel of a browser. The one for processes of Node goes over files and loses news while a peer is new.
enforceOptions({ type: 'simulate' });

/**
 * Two tabs over one database: the first replicates, the second only reads and writes. RxDB takes databases of one process
 * for the same one by the name of their storage, so each tab has a name of its own.
 */
export async function openTabs<const D extends readonly Datastore[]>(
  service: Awaited<ReturnType<typeof startService>>['service'],
  options: {
    readonly datastores: D;
    readonly strategies?: Record<string, Strategy>;
    /** Who replicates; default: the first for ever. */
    readonly leads?: { readonly first: Observable<boolean>; readonly second: Observable<boolean> };
  },
) {
  const folder = temporaryFolder();
  const watched = ['datastores-journal', ...options.datastores.map(({ name }) => name)];
  const line = sharedLine();
  const { leads = { first: of(true), second: of(false) }, ...rest } = options;
  const open = async (tab: 'first' | 'second') => {
    const disk = getRxStorageSQLite({ filename: join(folder.path, 'shared.db'), durability: 'normal' });
    const hooked = crashingStorage(disk as RxStorage<unknown, unknown>, watched);
    const storage = { ...hooked.storage, name: `${hooked.storage.name} ${folder.path} ${tab}` };
    // Tabs hear each other by the name of the database: those of another test must not.
    const name = basename(folder.path).toLowerCase();
    const shared = { storage, name, multiInstance: true, shared: { leads$: leads[tab], line: line() } };
    return { hooked, ...(await startReplica(service, { ...rest, ...shared })) };
  };
  const first = await open('first');
  const second = await open('second');
  return {
    first,
    second,
    async [Symbol.asyncDispose]() {
      await second.stores.close();
      await first.stores.close();
      folder[Symbol.dispose]();
    },
  };
}

/** The ends of a line between instances of one process; like a channel of a browser it brings copies, a moment later. */
export function sharedLine(): () => SharedLine {
  const said$ = new Subject<{ readonly from: object; readonly message: SharedMessage }>();
  return () => {
    const from = {};
    return {
      heard$: said$.pipe(
        filter((said) => said.from !== from),
        map(({ message }) => message),
      ),
      tell(message) {
        const copy = structuredClone(message);
        setImmediate(() => said$.next({ from, message: copy }));
      },
    };
  };
}
