import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type Random } from '../../bench/documents/random.ts';
import { entries } from '../entry.ts';
import { openLine } from '../faults/line.ts';
import { createHistory, type History, type Noted } from '../oracle/history.ts';
import type { Means } from './means.ts';
import { SHARED } from './next-write.ts';
import { createReplicaSeat, type ReplicaSeat } from './replica-seat.ts';
import { createServerSeat, type ServerSeat } from './server-seat.ts';
import { createWork, type Work } from './work.ts';

/** A replica with the application that writes into it. */
export interface Member {
  readonly seat: ReplicaSeat;
  readonly work: Work;
}

/** A server and its replicas, each in a process of its own, with a line of its own between them. */
export interface World extends AsyncDisposable {
  readonly server: ServerSeat;
  readonly members: readonly Member[];
  readonly history: History;
  readonly random: Random;
  readonly clock: Means['clock'];
  /** Starts a process for a member that has none, and finds out what became of writes that were not answered. */
  restart(member: Member, env?: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Waits until replicas have pushed everything and have what the server has written just now. Returns how many
   * milliseconds that took, or null where it did not happen within the limit: then something is stuck.
   */
  inSync(members: readonly Member[]): Promise<number | null>;
}

/** What a world is made of. */
export interface WorldOptions {
  readonly means: Means;
  readonly folder: string;
  readonly seed: number;
  readonly replicas: number;
  /** True if nothing is packed on the lines, so that they can be listened to; else every other line carries packed messages. */
  readonly plain?: boolean;
  /** Longest pause of an application between two writes. */
  readonly pauseMs?: number;
  /** Folder of a member, if not below that of the world. */
  readonly replicaFolder?: (writer: number) => string;
  readonly serverFolder?: string;
}

/** Starts all processes, and has the documents inserted that nobody deletes. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { folder, seed, pauseMs = 20, plain = false } = options;
  const { programs, clock, limitMs } = options.means;
  mkdirSync(folder, { recursive: true });
  const random = createRandom(seed);
  const history = createHistory();
  const server = createServerSeat({ programs, folder: options.serverFolder ?? join(folder, 'server') });
  await server.start();
  const members = await Promise.all(
    Array.from({ length: options.replicas }, async (_, writer): Promise<Member> => {
      const line = await openLine(server.port, random);
      const place = options.replicaFolder?.(writer) ?? join(folder, `replica-${writer}`);
      const seat = createReplicaSeat({
        programs,
        packs: !plain && writer % 2 === 1,
        writer,
        folder: place,
        line,
        token: server.token,
      });
      await seat.start();
      await seat.connect();
      const own = createRandom(seed * 1_000 + writer);
      return { seat, work: createWork({ seat, history, random: own, pauseMs }) };
    }),
  );
  let marks = 0;
  const world: World = {
    server,
    members,
    history,
    random,
    clock,
    async restart({ seat, work }, env) {
      await seat.start(env);
      await work.settleOpen();
      await seat.connect();
    },
    async inSync(some) {
      const start = clock.now();
      const limit = clock.limit(limitMs, 'not in sync');
      const reachMark = async () => {
        marks += 1;
        const mark = marks;
        await server.child().ask('put', { id: 'mark', document: { born: 'mark', text: 'mark<', total: mark } });
        await Promise.all(some.map(({ seat }) => seat.child().ask('synced', { id: 'mark', mark })));
      };
      try {
        await Promise.race([reachMark(), limit.reached]);
        // What one of them pushed after the first mark has come to the others with the second one.
        if (some.length > 1) await Promise.race([reachMark(), limit.reached]);
        return clock.now() - start;
      } catch {
        return null;
      } finally {
        limit.stop();
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { seat } of members) await seat.kill();
      await Promise.all(members.map(({ work }) => work.close()));
      for (const { seat } of members) await seat[Symbol.asyncDispose]();
      await server.kill();
    },
  };
  await insertShared(world);
  return world;
}

async function insertShared({ members, inSync }: World): Promise<void> {
  const first = members[0] as Member;
  const noted: Noted[] = [];
  for (const id of SHARED) {
    const write = {
      name: `${first.seat.writer}-${id}`,
      writer: first.seat.writer,
      kind: 'create',
      id,
      amount: 1_000,
      pad: 0,
    } as const;
    noted.push(await first.work.write(write));
  }
  const began = noted.every(({ state }) => state === 'applied') && (await inSync(members)) !== null;
  if (!began) throw new Error(`The ${entries.name} documents could not be inserted.`);
}
