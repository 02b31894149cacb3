import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Noted } from '../oracle/history.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { finish, rest } from '../world/finish.ts';
import { createWorld, type Member, type World } from '../world/world.ts';
import { sideBySide } from './side-by-side.ts';

const REPLICAS = 3;
/** Documents written to the restored server before any replica meets it, so that numbers of the lost tail are given again. */
const WRITTEN_ANEW = 60;
const GONE = 'gone';
/** A phase of work goes on, on a busy machine, until there are so many writes. */
const WRITES_OF_A_PHASE = 50;
const LONGEST_PHASE_MS = 10_000;

/** The server's database is put back to an older copy, as after a restore, or a failover to a machine that was behind. */
export const restores: Scenario = {
  name: 'restores',
  summary: 'an older copy of the database of the server takes its place',
  count: (sizes) => sizes.restores,
  run: (stage) => sideBySide(stage.count, (at) => restoreOnce(stage, at)),
};

async function restoreOnce(stage: Stage, at: number): Promise<void> {
  const { folder, seed, tally, note } = stage;
  const failover = at % 2 === 0;
  const where = `restore ${at} (seed ${seed + at}, ${failover ? 'written to before it is met' : 'met as it was'})`;
  const place = join(folder, `restore-${at}`);
  await using world = await createWorld({
    folder: place,
    seed: seed + at,
    replicas: REPLICAS,
    means: stage,
    plain: true,
  });
  const asleep = world.members.at(-1) as Member;
  await work(world, 400);
  await synced(world, world.members, where);
  await deleteBehind(world, asleep, where);
  const awake = world.members.filter((member) => member !== asleep);
  await copyServer(world, join(place, 'copy'));
  const copied = world.history.writes.length;
  await work(world, 400, awake);
  // What were still unpushed of the tail would survive, and nobody could say what counters have to be.
  await synced(world, awake, where);
  const lost = new Set(world.history.writes.slice(copied).map(({ name }) => name));
  for (const { seat } of world.members) seat.line.fail('down');
  await work(world, 300, awake);
  await editDeleted(world, asleep);

  await world.server.kill();
  rmSync(world.server.folder, { recursive: true });
  cpSync(join(place, 'copy'), world.server.folder, { recursive: true });
  await world.server.start();
  if (failover) await writeAnew(world);
  const told = world.members.map(({ seat }) => listenForReset(seat.line));
  for (const { seat } of world.members) seat.line.heal('late');
  // Only those that had seen more than the copy holds can notice; the one that was asleep had not.
  const findings = await finish(world, { where, tally, excused: (write) => isExcused(write, lost) });
  tally.restores += 1;
  tally.restored += awake.length;
  tally.detected += awake.filter(({ seat }) => told[world.members.findIndex((one) => one.seat === seat)]?.()).length;
  if (findings === null) return;
  note(`${where}: ${findings.acknowledged} writes, ${lost.size} of them went with the tail of the server`);
}

/**
 * A write that only the lost tail of the server had is gone with it. Of the documents that it changed nothing certain can
 * be said any more, but of those that were edited unpushed the marks and amounts of these edits.
 */
function isExcused(write: Noted, lost: ReadonlySet<string>): boolean {
  return lost.has(write.name);
}

/** Deletes a document while one replica is away, which has it and must not bring it back. */
async function deleteBehind(world: World, asleep: Member, where: string): Promise<void> {
  const other = world.members[0] as Member;
  const write = { writer: other.seat.writer, id: GONE, amount: 1, pad: 0 };
  await other.work.write({ ...write, name: `${write.writer}-${GONE}-1`, kind: 'create' });
  await synced(world, world.members, where);
  asleep.seat.line.fail('down');
  await other.work.write({ ...write, name: `${write.writer}-${GONE}-2`, kind: 'remove' });
  await synced(world, [other], where);
}

/** An edit of what was deleted long since, by somebody who could not know: it must be refused, and told. */
async function editDeleted({ random }: World, { seat, work: application }: Member): Promise<void> {
  const write = { writer: seat.writer, id: GONE, amount: random.integer(1, 9), pad: 0 };
  const noted = await application.write({ ...write, name: `${write.writer}-${GONE}-3`, kind: 'edit' });
  if (noted.state !== 'applied') throw new Error(`"${GONE}" was not there to be edited.`);
}

async function copyServer({ server }: World, to: string): Promise<void> {
  await server.kill();
  cpSync(server.folder, to, { recursive: true });
  await server.start();
}

async function work(world: World, ms: number, members: readonly Member[] = world.members): Promise<void> {
  const { history, clock } = world;
  const enough = history.writes.length + WRITES_OF_A_PHASE;
  const end = clock.now() + LONGEST_PHASE_MS;
  for (const member of members) member.work.go();
  await sleep(ms);
  while (history.writes.length < enough && clock.now() < end) await sleep(20);
  await rest(world);
}

async function synced(world: World, members: readonly Member[], where: string): Promise<void> {
  if ((await world.inSync(members)) === null) throw new Error(`${where}: not in sync beforehand.`);
}

async function writeAnew({ server }: World): Promise<void> {
  for (let at = 0; at < WRITTEN_ANEW; at += 1) {
    const document = { born: `anew-${at}`, text: `anew-${at}<`, total: at };
    await server.child().ask('put', { id: `anew-${at}`, document });
  }
}

/** Listens on a line. Says whether a reset came over it before any row of a pull did. Pages without rows prove nothing. */
function listenForReset(line: Member['seat']['line']): () => boolean {
  let first: boolean | null = null;
  let heard = '';
  line.listen((text) => {
    if (first !== null) return;
    heard += text;
    const kind = /"kind":"(?:(reset)"|page","documents":"[^"])/.exec(heard);
    if (kind !== null) first = kind[1] === 'reset';
  });
  return () => first === true;
}
