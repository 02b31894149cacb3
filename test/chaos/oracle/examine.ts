import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { digestOf } from '../digest.ts';
import { type Entry, shortText } from '../entry.ts';
import type { Member, World } from '../world/world.ts';
import type { Noted } from './history.ts';
import { type Judgement, judge } from './judge.ts';

/** What is found at the end of a world. */
export interface Findings extends Judgement {
  /** Documents that a replica has otherwise than the server. */
  readonly diverged: readonly string[];
  readonly corrupt: readonly string[];
  readonly feed: readonly string[];
}

/** Compares everything with everything, once all is in sync and nothing is written any more; ends the processes. */
export async function examine(world: World, excused?: (write: Noted) => boolean): Promise<Findings> {
  const server = world.server.child();
  const contents = await server.ask('contents');
  const diverged: string[] = [];
  const rejected = new Map<number, Awaited<ReturnType<typeof refusals>>>();
  for (const member of world.members) {
    rejected.set(member.seat.writer, await refusals(member));
    diverged.push(...differences(contents, await member.seat.child().ask('contents'), member.seat.writer));
  }
  const decisions = await server.ask('decisions');
  const feed = await server.ask('feedProblems');
  const ending = { server: contents, decisions, rejected, ...(excused === undefined ? {} : { excused }) };
  const judgement = judge(world.history.writes, ending);
  for (const { seat } of world.members) await seat.kill();
  await world.server.kill();
  const corrupt = [
    ...world.members.flatMap(({ seat }) => [...seat.damages, ...integrityProblems(seat.folder)]),
    ...integrityProblems(world.server.folder),
  ];
  return { ...judgement, diverged, corrupt, feed };
}

function refusals({ seat }: Member) {
  return seat.child().ask('rejected');
}

function differences(server: readonly Entry[], replica: readonly Entry[], writer: number): readonly string[] {
  if (digestOf(server) === digestOf(replica)) return [];
  const [there, here] = [server, replica].map((documents) => new Map(documents.map((entry) => [entry.id, entry])));
  const ids = new Set([...(there?.keys() ?? []), ...(here?.keys() ?? [])]);
  return [...ids].flatMap((id) => {
    const [a, b] = [there?.get(id), here?.get(id)];
    const same = a !== undefined && b !== undefined && digestOf([a]) === digestOf([b]);
    return same ? [] : [`${id}: server ${shortText(a)}, replica ${writer} ${shortText(b)}`];
  });
}

/** What SQLite finds wrong with the databases of a folder. */
export function integrityProblems(folder: string): readonly string[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /\.(?:db|sqlite)$/.test(file)) : [];
  if (files.length === 0) return [`There is no database in ${folder}.`];
  return files.flatMap((file) => {
    const database = new Database(join(folder, file));
    try {
      const found = database.pragma('integrity_check', { simple: true });
      return found === 'ok' ? [] : [`${file}: ${String(found)}`];
    } catch (error) {
      return [`${file}: ${error instanceof Error ? error.message : String(error)}`];
    } finally {
      database.close();
    }
  });
}
