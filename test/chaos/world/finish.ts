import { setTimeout as sleep } from 'node:timers/promises';
import { examine, type Findings } from '../oracle/examine.ts';
import type { Noted } from '../oracle/history.ts';
import { addFindings, type Tally } from '../tally.ts';
import type { World } from './world.ts';

/** How a world is ended. */
export interface Ending {
  /** Names the world in sentences on what is wrong with it. */
  readonly where: string;
  readonly tally: Tally;
  readonly excused?: (write: Noted) => boolean;
}

/** Ends a world in which all is healed: everything must get in sync, and then be right. Null: it did not get there. */
export async function finish(world: World, { where, tally, excused }: Ending): Promise<Findings | null> {
  await rest(world);
  if ((await world.inSync(world.members)) === null) {
    tally.problems.stuck.push(`${where}: ${await statesOf(world)}`);
    return null;
  }
  const findings = await examine(world, excused);
  addFindings(tally, findings, where);
  return findings;
}

/** Lets no application write any more. */
export async function rest({ members }: World): Promise<void> {
  await Promise.all(members.map(({ work }) => work.rest()));
}

/** What the replicas say of themselves, for the report of one that is stuck. */
export async function statesOf({ members }: World): Promise<string> {
  const ask = async ({ seat }: (typeof members)[number]) =>
    Promise.race([seat.child().ask('state'), sleep(5_000, 'no answer')]).catch((error: Error) => error.message);
  return JSON.stringify(await Promise.all(members.map(ask)));
}
