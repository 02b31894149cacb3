import { type Child, startChild } from '../../bench/child.ts';
import type { ServerCommands } from '../server-process.ts';

/** The place of a server: the processes that take it one after the other have one folder and one port. */
export interface ServerSeat extends AsyncDisposable {
  readonly folder: string;
  readonly port: () => number;
  readonly token: () => string;
  readonly child: () => Child<ServerCommands>;
  /** Starts a process on the folder; `env` is added to its environment. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends the process as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Makes the place of a server; nobody sits in it before `start`. */
export function createServerSeat({
  programs,
  folder,
}: {
  readonly programs: string;
  readonly folder: string;
}): ServerSeat {
  let child: Child<ServerCommands> | null = null;
  let [port, token] = [0, ''];
  const present = () => {
    if (child === null) throw new Error('There is no server process.');
    return child;
  };
  const kill = async () => {
    const killed = child;
    killed?.signal('SIGKILL');
    await killed?.ended;
  };
  return {
    folder,
    port: () => port,
    token: () => token,
    child: present,
    async start(env = {}) {
      child = startChild<ServerCommands>('server', { beside: programs, env });
      ({ port, token } = await child.ask('start', { folder, port }));
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
