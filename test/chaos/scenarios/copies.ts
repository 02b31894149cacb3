import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario, Stage } from '../scenario.ts';
import { finish, rest } from '../world/finish.ts';
import { createWorld, type Member, type World } from '../world/world.ts';
import { sideBySide } from './side-by-side.ts';

/** A replica and a copy of it that both go on. */
export const copies: Scenario = {
  name: 'copies',
  summary: 'a backup of a replica, or a plain copy of its folder, opened beside the original, while both go on writing',
  // One of each kind.
  count: ({ kills }) => 2 * Math.ceil(kills / 50),
  async run(stage) {
    await sideBySide(stage.count, (at) => copyOnce(stage, at));
  },
};

/** How the copy is made: every second one with the means of the system, in turn of a running replica and of a killed one. */
const KINDS = ['backup', 'running', 'backup', 'killed'] as const;
type Kind = (typeof KINDS)[number];

/** The place of the third replica is given to a copy of the first one, which has edits that were never pushed. */
async function copyOnce(stage: Stage, at: number): Promise<void> {
  const { folder, seed, tally, note } = stage;
  const kind = KINDS[at % KINDS.length] as Kind;
  const where = `copy ${at}, ${kind} (seed ${seed + at})`;
  await using world = await createWorld({
    folder: join(folder, `copy-${at}`),
    seed: seed + at,
    replicas: 3,
    means: stage,
  });
  const [original, , copy] = world.members as readonly [Member, Member, Member];
  for (const { work } of [original, world.members[1] as Member]) work.go();
  await sleep(300);
  original.seat.line.fail('down');
  await sleep(300);
  await copy.seat.kill();
  await makeCopy(world, kind, join(folder, `backup-${at}.db`));
  original.seat.line.heal('late');
  await world.restart(copy);
  for (const { work } of world.members) work.go();
  await sleep(500);
  await original.seat.kill();
  await world.restart(original);
  await sleep(300);
  await rest(world);
  tally.copies += 1;
  const findings = await finish(world, { where, tally });
  note(`${where}: ${findings?.acknowledged ?? 0} writes acknowledged`);
}

/** Fills the folder of the third replica, which is gone, with what the first one has. */
async function makeCopy(world: World, kind: Kind, backup: string): Promise<void> {
  const [original, , copy] = world.members as readonly [Member, Member, Member];
  rmSync(copy.seat.folder, { recursive: true });
  if (kind === 'backup') {
    await original.seat.child().ask('backup', backup);
    mkdirSync(copy.seat.folder);
    cpSync(backup, join(copy.seat.folder, 'replica.db'));
    return;
  }
  if (kind === 'killed') await original.seat.kill();
  cpSync(original.seat.folder, copy.seat.folder, { recursive: true });
  if (kind === 'killed') await world.restart(original);
}
