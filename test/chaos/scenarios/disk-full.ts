import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFullDisk } from '../faults/full-disk.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { finish } from '../world/finish.ts';
import { createWorld, type World } from '../world/world.ts';

/** More than the room that a full disk leaves. */
const PROBE_CHARACTERS = 400_000;
const FULL_WITHIN_MS = 10_000;

/** The disk of a replica, or that of the server, is full for a while. What is acknowledged stays; what does not fit is refused. */
export const diskFull: Scenario = {
  name: 'disk-full',
  summary: 'a full disk under a replica and under the server',
  count: ({ kills }) => Math.ceil(kills / 25),
  async run(stage) {
    for (let at = 0; at < stage.count; at += 1) await fillOnce(stage, at);
  },
};

async function fillOnce(stage: Stage, at: number): Promise<void> {
  const { folder, seed, tally, note } = stage;
  const ofServer = at % 2 === 1;
  const made = makeFullDisk(join(folder, `disk-${at}`), at % 4 < 2 ? 'mounted' : 'library');
  if (typeof made === 'string') {
    tally.skipped.push(`disk-full: ${made}`);
    return;
  }
  using disk = made;
  const where = `disk full ${at} (seed ${seed + at}, ${ofServer ? 'server' : 'replica'}, ${disk.means})`;
  const place = join(folder, `world-${at}`);
  const inside = join(disk.path, 'data');
  await using world = await createWorld({
    folder: place,
    seed: seed + at,
    replicas: 2,
    means: stage,
    replicaFolder: (writer) => (!ofServer && writer === 0 ? inside : join(place, `replica-${writer}`)),
    ...(ofServer ? { serverFolder: inside } : {}),
  });
  await startOn(world, disk.env, ofServer);
  for (const { work } of world.members) work.go();
  await sleep(300);
  disk.fill();
  const unnoticed = await (ofServer ? serverIsFull(world) : replicaIsFull(world));
  // What became of the writes is found out all the same: they may have been lost untold.
  if (unnoticed !== null) tally.broken.push(unnoticed);
  await sleep(1_000);
  await Promise.all(world.members.map(({ work }) => work.rest()));
  disk.free();
  tally.diskFull += 1;
  const findings = await finish(world, { where, tally });
  const refused = world.members[0]?.work.failures.length ?? 0;
  note(`${where}: ${refused} writes refused, ${findings?.acknowledged ?? 0} acknowledged`);
}

/** Starts the process whose disk will be full anew, with what that takes. */
async function startOn(world: World, env: Readonly<Record<string, string>>, ofServer: boolean): Promise<void> {
  const [first] = world.members;
  if (Object.keys(env).length === 0 || first === undefined) return;
  if (ofServer) {
    await world.server.kill();
    return world.server.start(env);
  }
  await first.seat.kill();
  await world.restart(first, env);
}

/** The application of a replica whose disk is full is told so; else what is wrong. */
async function replicaIsFull({ members, clock }: World): Promise<string | null> {
  const end = clock.now() + FULL_WITHIN_MS;
  while (clock.now() < end) {
    if ((members[0]?.work.failures.length ?? 0) > 0) return null;
    await sleep(50);
  }
  return 'No write was refused by a replica whose disk is full.';
}

/** A server whose disk is full takes no write, and its replicas keep theirs. */
async function serverIsFull({ server, clock }: World): Promise<string | null> {
  const end = clock.now() + FULL_WITHIN_MS;
  const document = { born: 'probe', text: 'probe<', total: 0, pad: 'x'.repeat(PROBE_CHARACTERS) };
  while (clock.now() < end) {
    const full = await server
      .child()
      .ask('put', { id: 'probe', document })
      .then(
        () => false,
        () => true,
      );
    if (full) return null;
    await sleep(50);
  }
  return 'A server whose disk is full has taken every write.';
}
