import { type Child, startChild } from '../../bench/child.ts';
import type { Line } from '../faults/line.ts';
import type { ReplicaCommands } from '../replica-process.ts';

/** The place of a replica: the processes that take it one after the other have one folder and one line to the server. */
export interface ReplicaSeat extends AsyncDisposable {
  readonly writer: number;
  readonly folder: string;
  readonly line: Line;
  readonly child: () => Child<ReplicaCommands>;
  /** False from the moment on in which its process is about to be killed, until another has its place. */
  readonly isUp: () => boolean;
  /** Ids by which the server has known it. */
  readonly ids: ReadonlySet<string>;
  /** What was found wrong with the file at any start. */
  readonly damages: readonly string[];
  /** Starts a process on the folder, which exchanges nothing before `connect`. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  connect(): Promise<void>;
  /** Ends the process as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Makes the place of a replica; nobody sits in it before `start`. */
export function createReplicaSeat(options: {
  readonly programs: string;
  readonly writer: number;
  readonly folder: string;
  readonly line: Line;
  /** True if long messages are packed on its line. */
  readonly packs: boolean;
  readonly token: () => string;
}): ReplicaSeat {
  const { programs, writer, folder, line } = options;
  const ids = new Set<string>();
  const damages: string[] = [];
  let child: Child<ReplicaCommands> | null = null;
  let up = false;
  const present = () => {
    if (child === null) throw new Error(`There is no process of replica ${writer}.`);
    return child;
  };
  const kill = async () => {
    up = false;
    child?.signal('SIGKILL');
    await child?.ended;
  };
  return {
    writer,
    folder,
    line,
    child: present,
    isUp: () => up,
    ids,
    damages,
    async start(env = {}) {
      child = startChild<ReplicaCommands>('replica', { beside: programs, env });
      const url = `http://127.0.0.1:${line.port}/trpc`;
      const opened = await child.ask('open', { folder, url, token: options.token(), compression: options.packs });
      ids.add(opened.replica);
      damages.push(...opened.problems);
      if (opened.damage > 0) damages.push(`replica ${writer}: ${opened.damage} damage reports`);
    },
    async connect() {
      await present().ask('connect');
      up = true;
    },
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      await line[Symbol.asyncDispose]();
    },
  };
}
