import { watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../../bench/child.ts';
import { createRandom } from '../../bench/documents/random.ts';
import type { NewNote } from '../note.ts';
import type { NoteCommands } from '../note-process.ts';
import { integrityProblems } from '../oracle/examine.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { createServerSeat } from '../world/server-seat.ts';
import { sideBySide } from './side-by-side.ts';

const NOTES = 3_000;
/** Kills of one migration; then it is left to end. */
const KILLS = 4;
/** A migration of so many documents takes longer than the longest wait before a kill. */
const LONGEST_MS = 700;

/** A replica that is killed again and again while it migrates its documents, none of which was ever pushed. */
export const migrations: Scenario = {
  name: 'migrations',
  summary: `kill -9 while ${NOTES} unpushed documents are migrated to a new version of the schema`,
  count: ({ kills }) => Math.ceil(kills / 50),
  async run(stage) {
    await sideBySide(stage.count, (at) => migrateOnce(stage, at));
  },
};

async function migrateOnce(stage: Stage, at: number): Promise<void> {
  const { folder, seed, tally, clock, limitMs, programs, note } = stage;
  const inProcess = processRunner(programs);
  const where = `migration ${at} (seed ${seed + at})`;
  const random = createRandom(seed + at);
  const place = join(folder, `replica-${at}`);
  await using server = createServerSeat({ programs, folder: join(folder, `server-${at}`) });
  await server.start();
  await inProcess(async (child) => {
    const count = await child.ask('fill', { folder: place, from: 0, count: NOTES });
    if (count !== NOTES) throw new Error(`${where}: ${count} notes were inserted.`);
  });
  let interrupted = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await inProcess(async (child) => {
      let open = false;
      const opening = child.ask('open', { folder: place, server: null }).then(
        () => {
          open = true;
        },
        () => {},
      );
      const moment = firstWrite(place).then(() => sleep(random.integer(0, LONGEST_MS)));
      await Promise.race([moment, opening]);
      if (!open) interrupted += 1;
    });
  }
  await inProcess(async (child) => {
    await child.ask('open', { folder: place, server: null });
    expectNotes(await child.ask('contents'), `${where}, in the replica`, tally.problems.lostWrites);
    const unpushed = await child.ask('unpushed');
    if (unpushed !== NOTES) tally.problems.lostWrites.push(`${where}: ${unpushed} of ${NOTES} are still to be pushed`);
  });
  await inProcess(async (child) => {
    const url = `http://127.0.0.1:${server.port()}/trpc`;
    await child.ask('open', { folder: place, server: { url, token: server.token() } });
    const limit = clock.limit(limitMs, 'not pushed');
    await Promise.race([child.ask('pushed'), limit.reached])
      .catch(() => tally.problems.stuck.push(`${where}: not pushed`))
      .finally(limit.stop);
  });
  expectNotes(await server.child().ask('notes'), `${where}, on the server`, tally.problems.lostWrites);
  tally.problems.corrupt.push(...integrityProblems(place).map((problem) => `${where}: ${problem}`));
  tally.migrations += 1;
  tally.kills += KILLS;
  note(`${where}: ${interrupted} of ${KILLS} kills came before it was done`);
}

/** Resolves when a database of the folder is written to: on a busy machine a process is long about its start. */
function firstWrite(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, (_event, file) => {
      if (!file?.includes('.db')) return;
      watcher.close();
      resolve();
    });
    watcher.unref();
  });
}

/** Makes what runs work with a process that is killed at its end, whatever it is doing. */
function processRunner(programs: string) {
  return async (work: (child: Child<NoteCommands>) => Promise<void>): Promise<void> => {
    const child = startChild<NoteCommands>('note', { beside: programs });
    try {
      await work(child);
    } finally {
      child.signal('SIGKILL');
      await child.ended;
    }
  };
}

function expectNotes(found: readonly NewNote[], where: string, problems: string[]): void {
  const byId = new Map(found.map((one) => [one.id, one]));
  for (let at = 0; at < NOTES; at += 1) {
    const words = `word ${at}`;
    const one = byId.get(`note-${at}`);
    if (one?.title === words && one.length === words.length) continue;
    problems.push(`${where}: note-${at} is ${JSON.stringify(one ?? null)}`);
  }
  if (found.length !== NOTES) problems.push(`${where}: there are ${found.length} notes instead of ${NOTES}`);
}
