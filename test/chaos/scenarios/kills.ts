import { watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario, Stage } from '../scenario.ts';
import { finish, rest, statesOf } from '../world/finish.ts';
import { createWorld, type World } from '../world/world.ts';

/** Kills in one world; then everything is compared, and a new one begins. */
const KILLS_IN_A_WORLD = 50;
const REPLICAS = 3;

/** kill -9 of replicas and server at random moments of their work and while their file changes; SIGSTOP and SIGCONT. */
export const kills: Scenario = {
  name: 'kills',
  summary: 'kill -9 and SIGSTOP of replicas and server (SQLite) at work',
  count: (sizes) => sizes.kills,
  // One world at a time: what is measured is how long a restart takes, and two on as many cores wait for each other.
  async run(stage) {
    for (let at = 0; at * KILLS_IN_A_WORLD < stage.count; at += 1) {
      await killIn(stage, at, Math.min(KILLS_IN_A_WORLD, stage.count - at * KILLS_IN_A_WORLD));
    }
  },
};

async function killIn(stage: Stage, at: number, count: number): Promise<void> {
  const { folder, seed, tally, note } = stage;
  const worldSeed = seed * 100 + at;
  const where = `kills, world ${at} (seed ${worldSeed})`;
  await using world = await createWorld({
    folder: join(folder, `kills-${at}`),
    seed: worldSeed,
    replicas: REPLICAS,
    means: stage,
  });
  for (let kill = 0; kill < count; ) {
    for (const { work } of world.members) work.go();
    const took = world.random.fraction() < 0.1 ? await pause(world) : await killOne(world);
    if (took.what === 'pause') tally.pauses += 1;
    else {
      kill += 1;
      tally.kills += 1;
      if (took.ms !== null) tally.afterRestart.push(took.ms);
    }
    if (took.ms === null) {
      tally.problems.stuck.push(`${where}, ${took.what} ${kill}: ${await statesOf(world)}`);
      return;
    }
  }
  await finish(world, { where, tally });
  note(`${where}: ${count} kills, ${world.history.writes.length} writes`);
}

/** Kills a process at work, lets the others go on without it, starts another one in its place and waits until all is in sync. */
async function killOne(world: World): Promise<{ readonly what: 'kill'; readonly ms: number | null }> {
  const { random, clock, server, members } = world;
  const victim = random.fraction() < 0.35 ? null : random.pick(members);
  await theMoment(world, victim?.seat.folder ?? server.folder);
  await (victim === null ? server.kill() : victim.seat.kill());
  await sleep(random.integer(0, 250));
  const start = clock.now();
  if (victim === null) await server.start();
  else await world.restart(victim);
  const started = clock.now() - start;
  await rest(world);
  const ms = await world.inSync(victim === null ? members : [victim]);
  return { what: 'kill', ms: ms === null ? null : started + ms };
}

/** A random moment, or one in which the database is just being written. */
async function theMoment({ random }: World, folder: string): Promise<void> {
  await sleep(random.integer(20, 400));
  if (random.fraction() < 0.6) return;
  await new Promise<void>((resolve) => {
    const enough = setTimeout(done, 500);
    const watcher = watch(folder, (_event, file) => {
      if (file?.endsWith('-wal')) done();
    });
    function done() {
      clearTimeout(enough);
      watcher.close();
      resolve();
    }
  });
}

async function pause(world: World): Promise<{ readonly what: 'pause'; readonly ms: number | null }> {
  const { random, server, members } = world;
  const child = random.fraction() < 0.4 ? server.child() : random.pick(members).seat.child();
  child.signal('SIGSTOP');
  await sleep(random.integer(200, 1_500));
  child.signal('SIGCONT');
  await rest(world);
  return { what: 'pause', ms: await world.inSync(members) };
}
