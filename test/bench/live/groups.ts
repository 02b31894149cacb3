import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from '../child.ts';
import type { ServerAddress } from '../ours/open-replica.ts';
import type { GroupCommands } from './group-commands.ts';

/** RxDB's open core allows 13 open collections in a process, and a replica here has one: more replicas, more processes. */
const CLIENTS_A_PROCESS = 12;

/** Clients in processes of their own: the one that writes, and those that see it. */
export interface Groups extends AsyncDisposable {
  readonly writer: Child<GroupCommands>;
  readonly observers: readonly Child<GroupCommands>[];
  close(): Promise<void>;
}

/** Where clients lie, whom they talk to, and how many see what the one that writes has written. */
export interface GroupsPlace {
  readonly folder: string;
  readonly server: ServerAddress;
  readonly observers: number;
}

/** Starts the processes, each from the file that `process` names, and connects their clients. */
export async function openGroups(process: string, { folder, server, observers }: GroupsPlace): Promise<Groups> {
  const writer = startChild<GroupCommands>(process);
  const others: Child<GroupCommands>[] = [];
  const all = () => [writer, ...others];
  const end = async () => {
    await Promise.all(all().map((child) => child[Symbol.asyncDispose]()));
  };
  try {
    await writer.ask('open', { folder: emptyFolder(folder, 'writer'), server, count: 1 });
    const counts: number[] = [];
    for (let left = observers; left > 0; left -= CLIENTS_A_PROCESS) counts.push(Math.min(left, CLIENTS_A_PROCESS));
    for (const [number, count] of counts.entries()) {
      const child = startChild<GroupCommands>(process);
      others.push(child);
      await child.ask('open', { folder: emptyFolder(folder, `group-${number}`), server, count });
    }
  } catch (error) {
    await end();
    throw error;
  }
  return {
    writer,
    observers: others,
    async close() {
      await Promise.all(all().map((child) => child.ask('close')));
    },
    [Symbol.asyncDispose]: end,
  };
}

function emptyFolder(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path, { recursive: true });
  return path;
}
