import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mountSmallDisk, type SmallDisk } from '../faults/small-disk.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { finish } from '../world/finish.ts';
import { createWorld, type World } from '../world/world.ts';

/** Room for a database, its log, and a few seconds of writes. */
const MEGABYTES = 24;
const LEFT_BYTES = 64 * 1024;

/** The disk of a replica, or that of the server, is full for a while. What is acknowledged stays; what does not fit is refused. */
export const diskFull: Scenario = {
  name: 'disk-full',
  summary: 'a full disk (small tmpfs) under a replica and under the server',
  count: ({ kills }) => Math.ceil(kills / 50),
  async run(stage) {
    for (let at = 0; at < stage.count; at += 1) await fillOnce(stage, at);
  },
};

async function fillOnce({ folder, seed, clock, tally, note }: Stage, at: number): Promise<void> {
  const ofServer = at % 2 === 1;
  const where = `disk full ${at} (seed ${seed + at}, ${ofServer ? 'server' : 'replica'})`;
  const disk = mountSmallDisk(join(folder, `disk-${at}`), MEGABYTES);
  if (typeof disk === 'string') {
    tally.skipped.push(`disk-full: ${disk}`);
    return;
  }
  using _mounted = disk;
  const place = join(folder, `world-${at}`);
  const inside = join(disk.path, 'data');
  await using world = await createWorld({
    folder: place,
    seed: seed + at,
    replicas: 2,
    clock,
    replicaFolder: (writer) => (!ofServer && writer === 0 ? inside : join(place, `replica-${writer}`)),
    ...(ofServer ? { serverFolder: inside } : {}),
  });
  const failures = await writeUntilFull(world, disk, ofServer);
  disk.free();
  tally.diskFull += 1;
  const findings = await finish(world, { where, tally });
  note(`${where}: ${failures} writes refused, ${findings?.acknowledged ?? 0} acknowledged`);
}

/** A full disk of the replica is told to its application; that of the server leaves writes in the journal. */
async function writeUntilFull({ members, clock }: World, disk: SmallDisk, ofServer: boolean): Promise<number> {
  for (const { work } of members) work.go();
  await sleep(300);
  disk.fill(LEFT_BYTES);
  const [first] = members;
  const end = clock.now() + 30_000;
  while (!ofServer && first?.work.failures.length === 0 && clock.now() < end) await sleep(50);
  await sleep(1_000);
  await Promise.all(members.map(({ work }) => work.rest()));
  const failures = first?.work.failures.length ?? 0;
  if (!ofServer && failures === 0) throw new Error('The disk of the replica did not get full.');
  return failures;
}
