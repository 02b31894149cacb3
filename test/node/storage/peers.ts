import { expect } from 'vitest';
import { prepareProgram, type SourceProcess } from '../../support/source-process.ts';

/** Another process on a file, which does what peer-writer.ts offers. */
export interface Peer extends Disposable {
  /** Has a line done and returns the answer. */
  do(line: string): Promise<unknown>;
  readonly process: SourceProcess;
}

/** Starts processes that have a file open. */
export interface PeerProgram extends Disposable {
  start(filename: string, count: number, busyTimeoutMs?: number): Promise<Peer[] & Disposable>;
}

/** A change that a process was told of. */
export interface Told {
  readonly id: string;
  readonly age: number;
  readonly before: number | null;
  readonly seq: number;
}

/** Prepares the program that the processes run. */
export async function preparePeers(): Promise<PeerProgram> {
  const program = await prepareProgram(new URL('./peer-writer.ts', import.meta.url));
  return {
    start: (filename, count, busyTimeoutMs = 5_000) =>
      open(Array.from({ length: count }, () => program.start([filename, `${busyTimeoutMs}`]))),
    [Symbol.dispose]: () => program[Symbol.dispose](),
  };
}

/** What a process was told until now. */
export async function toldTo(peer: Peer): Promise<Told[]> {
  return (await peer.do('told')) as Told[];
}

async function open(processes: readonly SourceProcess[]): Promise<Peer[] & Disposable> {
  await Promise.all(processes.map((one) => one.line()));
  const peers = processes.map((one): Peer => {
    const answer = async () => JSON.parse((await one.line()) ?? '"gone"');
    return {
      process: one,
      do: (line) => {
        one.say(line);
        return answer();
      },
      [Symbol.dispose]: () => one[Symbol.dispose](),
    };
  });
  // All open the file in the same moment.
  expect(await Promise.all(peers.map((peer) => peer.do('open')))).toEqual(peers.map(() => 'open'));
  return Object.assign(peers, {
    [Symbol.dispose]: () => {
      for (const peer of peers) peer[Symbol.dispose]();
    },
  });
}
