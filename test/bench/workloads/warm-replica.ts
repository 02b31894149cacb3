import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import { inFolder } from '../folder.ts';
import type { ServerCommands } from '../ours/server-process.ts';
import type { SyncCommands } from '../ours/sync-process.ts';
import type { Bench } from '../workload.ts';

/**
 * Makes a folder with a replica that has pulled all documents and has nothing to push, as a replica in use does; closed
 * again. Returns its path.
 */
export async function makeWarmReplica({ folder, datastore, search, docs, note }: Bench): Promise<string> {
  const path = join(folder, 'replica');
  mkdirSync(path);
  note(`making a replica with ${docs} documents`);
  await inFolder(folder, async (served) => {
    await using server = startChild<ServerCommands>('ours/server');
    await server.ask('seed', { folder: served, datastore, search, docs });
    const address = await server.ask('start', { folder: served, datastore, search, port: 0 });
    await using replica = startChild<SyncCommands>('ours/sync');
    await replica.ask('sync', { folder: path, server: address, datastore, search, docs, reading: false });
    await replica.ask('close');
    await server.ask('stop');
  });
  return path;
}
