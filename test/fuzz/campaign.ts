import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from '../bench/child.ts';
import { spreadOf } from '../bench/statistics.ts';
import type { Figures } from './figures.ts';
import type { HonestCommands } from './honest/replica-process.ts';
import { createHostilePhase, type HostileTally } from './hostile-phase.ts';
import { limitPhase } from './limit-phase.ts';
import { type StoredFaults, storedFaults } from './oracle/stored.ts';
import { record } from './requests/recorded.ts';
import { tokenOf } from './requests/tokens.ts';
import { HONEST_SCOPE } from './server/place.ts';
import type { PlantName } from './server/plant-names.ts';
import type { Inspection, ServerCommands } from './server/server-process.ts';
import { startServer } from './server/start-server.ts';

/** What a run is to do, and where. */
export interface CampaignOptions {
  readonly requests: number;
  readonly seed: number;
  readonly rate: number;
  readonly plants: readonly PlantName[];
  /** An empty folder, removed after the run. */
  readonly folder: string;
  readonly note: (line: string) => void;
}

/** Looks into the server, evenly over a run. */
const LOOKS = 20;

/** Requests that only warm up (compiled code, caches), but at most a third of all. */
const WARM_UP = 5_000;

/** From so many requests on a run is long enough for its memory to be judged, and its store is filled for that. */
const LONG = 20_000;

/** Writes of the honest application before anything hostile happens: enough for a 99th percentile, fewer in short runs. */
const IDLE_WRITES = 300;

/** All in one minute would not be refused: the limit is measured in a phase of its own. */
const NO_LIMIT = 100_000_000;

/** Runs honest and hostile clients against one server, then looks at what is left. */
export async function runCampaign(options: CampaignOptions): Promise<{ figures: Figures; replies: object }> {
  const { folder, seed, note, plants } = options;
  const place = join(folder, 'server');
  mkdirSync(place);
  await using server = startServer(plants);
  const gone = new AbortController();
  void server.ended.then(() => gone.abort());
  const { url, port } = await server.ask('start', {
    folder: place,
    requestsPerMinute: NO_LIMIT,
    archive: options.requests >= LONG,
  });
  await using honest = startChild<HonestCommands>('../fuzz/honest/replica');
  const token = tokenOf('honest', [HONEST_SCOPE]);
  await honest.ask('open', { folder: join(folder, 'honest'), server: { url: `${url}/trpc`, token } });
  const count = Math.min(IDLE_WRITES, Math.ceil(options.requests / 20));
  note(`the honest application alone: ${count} writes`);
  await honest.ask('measure', { count: Math.ceil(count / 3) });
  const idle = spreadOf(await honest.ask('measure', { count }));
  const hostile = createHostilePhase({ ...options, port, recorded: await record(url), gone: gone.signal });
  const begun = performance.now();
  const attack = await attacked({ ...options, server, honest, gone: gone.signal }, hostile);
  const seconds = (performance.now() - begun) / 1_000;
  hostile.close();
  const after = attack === null ? null : await aftermath({ server, honest, place, note });
  const limit = await limitPhase(folder);
  for (const fault of limit.faults.slice(0, 5)) note(`limit of requests: ${fault}`);
  const busy = attack === null || attack.took.length === 0 ? null : spreadOf(attack.took);
  const figures: Figures = {
    requests: hostile.tally.sent,
    seed,
    seconds,
    serverErrors: hostile.tally.problems['server-error'],
    crashes: attack === null ? 1 : 0,
    polluted: attack?.polluted.length ?? 0,
    badAnswers: badAnswers(hostile.tally),
    lost: after?.lost ?? 0,
    invalidStored: after?.stored.invalid.length ?? 0,
    leftOpen: after?.leftOpen ?? 0,
    rssGrowthMiB: attack?.rssGrowthMiB ?? 0,
    idleP99Ms: idle.p99,
    honestP99Ms: busy?.p99 ?? 0,
    honestP99Ratio: (busy?.p99 ?? 0) / idle.p99,
    honestWrites: attack?.took.length ?? 0,
    limited: limit.limited,
    limitFaults: limit.faults.length,
  };
  return { figures, replies: { replies: hostile.tally.replies, problems: hostile.tally.problems } };
}

interface Attack extends CampaignOptions {
  readonly server: Child<ServerCommands>;
  readonly honest: Child<HonestCommands>;
  readonly gone: AbortSignal;
}

/** What the server and the honest application were like meanwhile; null if the server is gone. */
async function attacked(
  { requests, server, honest, gone, note }: Attack,
  hostile: ReturnType<typeof createHostilePhase>,
) {
  await honest.ask('begin');
  const every = Math.ceil(requests / LOOKS);
  const looks: Inspection[] = [];
  for (let end = Math.min(WARM_UP, Math.floor(requests / 3)); ; end = Math.min(requests, end + every)) {
    await hostile.sendUpTo(end);
    if (gone.aborted) break;
    const last = await server.ask('inspect');
    looks.push(last);
    note(
      `${end} requests, ${last.rssMiB.toFixed(0)} MiB, of them heap ${last.heapMiB.toFixed(0)} and buffers ${last.bufferMiB.toFixed(0)}`,
    );
    if (last.polluted.length > 0) note(`polluted: ${last.polluted.join(', ')}`);
    if (end >= requests) break;
  }
  const last = looks.at(-1);
  if (gone.aborted || last === undefined) {
    note(`the server is gone (${await server.ended}) after ${hostile.tally.sent} requests`);
    return null;
  }
  const took = await honest.ask('end');
  return { took, polluted: last.polluted, rssGrowthMiB: growthOf(looks.map(({ rssMiB }) => rssMiB)) };
}

/**
 * From the lowest of the first quarter to the lowest of the last one: what a large request had allocated a moment ago, and
 * the allocator has not yet given back, is no growth.
 */
function growthOf(values: readonly number[]): number {
  const quarter = Math.ceil(values.length / 4);
  return Math.min(...values.slice(-quarter)) - Math.min(...values.slice(0, quarter));
}

interface Aftermath {
  readonly server: Child<ServerCommands>;
  readonly honest: Child<HonestCommands>;
  readonly place: string;
  readonly note: (line: string) => void;
}

/** Timers and sockets that a server without clients has, at most: it listens, and waits for the next tidying. */
const OPEN_WHEN_IDLE = 12;

async function aftermath({ server, honest, place, note }: Aftermath) {
  const { written, lost, foreign } = await honest.ask('outcome');
  await honest.ask('close');
  // Connections that were cut are noticed a moment later.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const { resources } = await server.ask('inspect');
  const open = Object.entries(resources).reduce((sum, [, count]) => sum + count, 0);
  await server.ask('stop');
  const stored: StoredFaults = storedFaults(place, written);
  for (const fault of [...stored.invalid, ...stored.lost, ...lost, ...foreign].slice(0, 10)) note(`stored: ${fault}`);
  if (open > OPEN_WHEN_IDLE) note(`still open: ${JSON.stringify(resources)}`);
  note(`${written.length} documents written by the honest application, ${stored.documents} in the store`);
  return {
    stored,
    lost: new Set([...stored.lost, ...lost, ...foreign]).size,
    leftOpen: open > OPEN_WHEN_IDLE ? open : 0,
  };
}

function badAnswers({ problems }: HostileTally): number {
  return Object.entries(problems).reduce((sum, [kind, count]) => sum + (kind === 'server-error' ? 0 : count), 0);
}
