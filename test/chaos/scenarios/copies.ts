import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario, Stage } from '../scenario.ts';
import { finish, rest } from '../world/finish.ts';
import { createWorld, type Member } from '../world/world.ts';
import { sideBySide } from './side-by-side.ts';

/** A replica and a copy of it that both go on. */
export const copies: Scenario = {
  name: 'copies',
  summary: 'a backup of a replica that is opened beside the original, while both go on writing',
  count: ({ kills }) => Math.ceil(kills / 50),
  async run(stage) {
    await sideBySide(stage.count, (at) => copyOnce(stage, at));
  },
};

/** The place of the third replica is given to a copy of the first one, which has edits that were never pushed. */
async function copyOnce(stage: Stage, at: number): Promise<void> {
  const { folder, seed, tally, note } = stage;
  const where = `copy ${at} (seed ${seed + at})`;
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
  const backup = join(folder, `backup-${at}.db`);
  await original.seat.child().ask('backup', backup);
  rmSync(copy.seat.folder, { recursive: true });
  mkdirSync(copy.seat.folder);
  cpSync(backup, join(copy.seat.folder, 'replica.db'));
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
