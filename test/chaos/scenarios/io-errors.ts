import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareIoErrors } from '../faults/io-errors.ts';
import type { Scenario } from '../scenario.ts';
import { finish, rest } from '../world/finish.ts';
import { createWorld, type Member } from '../world/world.ts';

/** One of so many writes to a database fails during an episode. */
const ONE_OF = [3, 10, 40] as const;

/** Writes, syncs and truncations of the database files of a replica and of the server that fail with EIO. */
export const ioErrors: Scenario = {
  name: 'io-errors',
  summary: 'EIO from writes and syncs of a replica and of the server',
  count: ({ kills }) => Math.ceil(kills / 10),
  async run(stage) {
    const { folder, seed, count, tally, note } = stage;
    const errors = prepareIoErrors(folder);
    if (typeof errors === 'string') {
      tally.skipped.push(`io-errors: ${errors}`);
      return;
    }
    const where = `io errors (seed ${seed})`;
    await using world = await createWorld({ folder: join(folder, 'world'), seed, replicas: 2, means: stage });
    const victim = world.members[0] as Member;
    await victim.seat.kill();
    await world.restart(victim, errors.env);
    await world.server.kill();
    await world.server.start(errors.env);
    for (let at = 0; at < count; at += 1) {
      for (const { work } of world.members) work.go();
      await sleep(world.random.integer(50, 300));
      errors.begin(world.random.pick(ONE_OF), 'EIO');
      await sleep(world.random.integer(100, 600));
      errors.end();
    }
    const injected = errors.injected();
    if (injected === 0) throw new Error('No write has failed.');
    tally.ioErrors += injected;
    await rest(world);
    await finish(world, { where, tally });
    note(
      `${where}: ${count} episodes, ${injected} errors, ${victim.work.failures.length} writes refused by the replica`,
    );
    for (const failure of new Set(victim.work.failures)) note(`  ${failure}`);
  },
};
