import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../bench/documents/random.ts';
import { LINE_FAULTS, type LineFault } from '../faults/line.ts';
import type { Scenario } from '../scenario.ts';
import { finish, statesOf } from '../world/finish.ts';
import { createWorld, type Member, type World } from '../world/world.ts';

/** Replicas whose lines fail, each by itself. */
const REPLICAS = 8;
/** Share of black holes after which a connection is dead without a word; the replica has to notice it by the silence. */
const DEAD_SHARE = 0.25;
/** With few episodes nobody waits for that. */
const DEAD_FROM = 50;

/** Lines between replica and server that fail in six ways and heal again, while everybody goes on writing. */
export const partitions: Scenario = {
  name: 'partitions',
  summary: `lines that fail while all write: ${LINE_FAULTS.join(', ')}`,
  count: (sizes) => sizes.partitions,
  async run(stage) {
    const { folder, seed, count, tally, note } = stage;
    const where = `partitions (seed ${seed})`;
    const replicas = Math.min(REPLICAS, count);
    await using world = await createWorld({
      folder: join(folder, 'world'),
      seed,
      replicas,
      means: stage,
      pauseMs: 150,
    });
    let episode = 0;
    await Promise.all(
      world.members.map(async (member) => {
        const random = createRandom(seed + member.seat.writer);
        for (let at = episode++; at < count; at = episode++) {
          const fault = LINE_FAULTS[at % LINE_FAULTS.length] as LineFault;
          const lost = count >= DEAD_FROM && random.fraction() < DEAD_SHARE ? 'dead' : 'late';
          const hits = member.seat.line.hits();
          const ms = await suffer(world, member, { fault, lost, forMs: random.integer(300, 2_500) });
          // What hit nothing proves nothing.
          if (member.seat.line.hits() > hits) tally.partitions += 1;
          if (ms !== null) tally.afterHeal.push(ms);
          else tally.problems.wedged.push(`${where}, ${fault}, ${lost}: ${await statesOf(world)}`);
          note(
            `replica ${member.seat.writer}: ${fault}${lost === 'dead' ? ', connection lost' : ''}: ${ms === null ? 'WEDGED' : `${Math.round(ms)} ms`}`,
          );
        }
      }),
    );
    await finish(world, { where, tally });
    note(`${where}: ${count} episodes, ${world.history.writes.length} writes`);
  },
};

interface Episode {
  readonly fault: LineFault;
  readonly lost: 'late' | 'dead';
  readonly forMs: number;
}

/** One episode on the line of one replica. Returns how long it took from the healing until that replica was in sync. */
async function suffer(world: World, { seat, work }: Member, { fault, lost, forMs }: Episode): Promise<number | null> {
  work.go();
  await sleep(world.random.integer(50, 500));
  seat.line.fail(fault);
  await sleep(forMs);
  seat.line.heal(lost);
  await work.rest();
  return world.inSync([{ seat, work }]);
}
