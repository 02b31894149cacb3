import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Chromium } from '../../support/chromium/launch.ts';
import { type Site, serveSite } from '../../support/chromium/site.ts';
import type { Tab } from '../../support/chromium/tab.ts';
import { startChild } from '../child.ts';
import type { BarePipeServerCommands } from '../controls/bare-pipe-server-process.ts';
import { inFolder } from '../folder.ts';
import type { ServerCommands } from '../ours/server-process.ts';
import { medianOf, percentile } from '../statistics.ts';
import type { Bench, Figures } from '../workload.ts';
import { heapOf } from './heap.ts';
import type { SyncPage, Watched } from './sync-page.ts';

const PAGE = fileURLToPath(new URL('./sync-page.js', import.meta.url));

/** Documents that are removed at once, by the server and by the page. */
const REMOVED = 10_000;

const KIND = 'product';

/** A first pull over HTTP from a real server, and removals of many documents, while the page scrolls and reads. */
export async function measureSync(bench: Bench, chromium: Chromium): Promise<Figures> {
  await using site = await serveSite(PAGE, { sources: false });
  const places = await seed(bench);
  const rounds: Round[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    const control = await inProfile(bench, { chromium, site }, async (tab) => {
      bench.note(`round ${round} of ${bench.rounds}: first pull over HTTP, bare pipe into Dexie`);
      await using server = startChild<BarePipeServerCommands>('controls/bare-pipe-server');
      const url = await server.ask('start', { folder: places.bare, datastore: KIND });
      const taken = await tab.api.plain(url);
      await server.ask('stop');
      return taken;
    });
    bench.note(`round ${round} of ${bench.rounds}: first pull over HTTP, removals`);
    const ours = await inProfile(bench, { chromium, site }, (tab) =>
      ourRound(bench, { tab, site, folder: places.ours }),
    );
    rounds.push({ ...ours, control });
  }
  return figuresOf(bench.docs, rounds);
}

interface Ours {
  readonly sync: Watched;
  readonly heapMiB: number;
  readonly serverRemoval: Watched;
  readonly ownRemoval: Watched;
}

interface Round extends Ours {
  readonly control: Watched;
}

async function seed({ folder, docs, note }: Bench) {
  const places = { bare: join(folder, 'bare'), ours: join(folder, 'ours') };
  for (const path of Object.values(places)) mkdirSync(path);
  note(`making ${docs} documents`);
  await using bare = startChild<BarePipeServerCommands>('controls/bare-pipe-server');
  await bare.ask('seed', { folder: places.bare, datastore: KIND, docs });
  await using ours = startChild<ServerCommands>('ours/server');
  await ours.ask('seed', { folder: places.ours, datastore: KIND, search: false, docs });
  return places;
}

function inProfile<T>(
  { folder }: Bench,
  { chromium, site }: { readonly chromium: Chromium; readonly site: Site },
  work: (tab: Tab<SyncPage>) => Promise<T>,
): Promise<T> {
  return inFolder(folder, async (path) => {
    await using profile = await chromium.keptProfile(path);
    await using tab = await profile.tab<SyncPage>(site.url);
    return await work(tab);
  });
}

async function ourRound(
  { docs, folder }: Bench,
  { tab, site, folder: seeded }: { readonly tab: Tab<SyncPage>; readonly site: Site; readonly folder: string },
): Promise<Ours> {
  // What a round removes is there again in the next one.
  return inFolder(folder, async (path) => {
    cpSync(seeded, path, { recursive: true });
    await using server = startChild<ServerCommands>('ours/server');
    const start = { folder: path, datastore: KIND, search: false, port: 0, origins: [site.origin] } as const;
    const { url, token } = await server.ask('start', start);
    const sync = await tab.api.sync({ url, token, docs });
    const heapMiB = (await heapOf(tab)) / 2 ** 20;
    const removed = Math.min(REMOVED, Math.floor(docs / 4));
    const arriving = tab.api.arrival(docs - removed);
    await server.ask('remove', { kind: KIND, from: 0, count: removed });
    const serverRemoval = await arriving;
    const ownRemoval = await tab.api.remove(removed);
    await tab.api.close();
    await server.ask('stop');
    return { sync, heapMiB, serverRemoval, ownRemoval };
  });
}

function figuresOf(docs: number, rounds: readonly Round[]): Figures {
  const of = (figure: (round: Round) => number) => medianOf(rounds, figure);
  const rate = ({ ms }: Watched) => (docs / ms) * 1_000;
  return {
    syncRatio: of(({ sync, control }) => rate(sync) / rate(control)),
    syncDocsPerSecond: of(({ sync }) => rate(sync)),
    controlSyncDocsPerSecond: of(({ control }) => rate(control)),
    syncFrames: of(({ sync }) => sync.frames),
    syncLongestFrameMs: of(({ sync }) => sync.longestFrameMs),
    controlSyncLongestFrameMs: of(({ control }) => control.longestFrameMs),
    syncReadP50Ms: of(({ sync }) => percentile(sync.readMs, 50)),
    syncLongestReadMs: of(({ sync }) => sync.longestReadMs),
    controlSyncLongestReadMs: of(({ control }) => control.longestReadMs),
    syncedHeapMiB: of(({ heapMiB }) => heapMiB),
    serverRemovalMs: of(({ serverRemoval }) => serverRemoval.ms),
    serverRemovalLongestFrameMs: of(({ serverRemoval }) => serverRemoval.longestFrameMs),
    removalMs: of(({ ownRemoval }) => ownRemoval.ms),
    removalLongestFrameMs: of(({ ownRemoval }) => ownRemoval.longestFrameMs),
  };
}
