import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../../support/chromium/launch.ts';
import { serveSite } from '../../support/chromium/site.ts';
import type { Tab } from '../../support/chromium/tab.ts';
import { heapOf } from '../browser/heap.ts';
import { measureSync } from '../browser/measure-sync.ts';
import type { BrowserPage, Side } from '../browser/page.ts';
import { rendererPeakMiB } from '../browser/renderer-memory.ts';
import type { SearchKind } from '../browser/search-texts.ts';
import { inFolder } from '../folder.ts';
import { medianOf, percentile } from '../statistics.ts';
import type { Bench, Figures, Workload } from '../workload.ts';

/** Single inserts, ranges and reads by id of each side in one round. */
const SINGLES = 60;
const RANGES = 100;
const BY_ID = 300;

/** Writes inside a live query, and searches of each kind. */
const LIVE = 100;
const SEARCHES = 200;

const PAGE = fileURLToPath(new URL('../browser/page.js', import.meta.url));

/** The storages of a replica in Chromium, with a profile on disk, against Dexie alone in the same page. */
export const browser: Workload = {
  name: 'browser',
  summary: 'documents as a pull writes them, single writes, ranges, opening; in Chromium, against plain Dexie',
  docs: 100_000,
  anyDatastore: false,
  clients: 0,

  async run(bench) {
    await using chromium = await launchChromium();
    await using site = await serveSite(PAGE, { sources: false });
    const rounds: Round[] = [];
    for (let round = 1; round <= bench.rounds; round += 1) {
      const measured = await inFolder(bench.folder, async (folder) => {
        const path = join(folder, 'profile');
        mkdirSync(path);
        await using profile = await chromium.keptProfile(path);
        await using tab = await profile.tab<BrowserPage>(site.url);
        return await measure(bench, { tab, round, memory: () => rendererPeakMiB(path) });
      });
      rounds.push(measured);
    }
    return { ...figuresOf(bench.docs, rounds), ...(await measureSync(bench, chromium)) };
  },

  async profile() {
    throw new Error('A page is profiled with the tools of Chromium: npm run bench -- browser has no --profile.');
  },
};

interface Round {
  readonly sides: Readonly<Record<Side, Measured>>;
  /** Bytes of the JavaScript heap that the open replica holds per document, with no text read. */
  readonly heapPerDocument: number;
  readonly rssMiB: number;
  readonly search: Readonly<Record<SearchKind, readonly number[]>>;
  /** Until the first index of all documents is made. */
  readonly indexMs: number;
}

interface Measured {
  readonly liveMs: readonly number[];
  readonly rate: number;
  readonly insertP50Ms: number;
  readonly rangeP50Ms: number;
  readonly rangeP99Ms: number;
  readonly byIdP50Ms: number;
  readonly openMs: number;
  readonly firstRangeMs: number;
}

interface Place {
  readonly tab: Tab<BrowserPage>;
  readonly round: number;
  readonly memory: () => number;
}

async function measure(bench: Bench, { tab, round, memory }: Place): Promise<Round> {
  const { docs, note } = bench;
  const rates = await fillInTurn(bench, tab, round);
  // What is kept of the documents just written must not help their reading.
  await tab.reload();
  const before = await heapOf(tab);
  const sides = {} as Record<Side, Measured>;
  let heapPerDocument = 0;
  for (const side of ['plain', 'dexie', 'blocks'] as const) {
    note(`round ${round} of ${bench.rounds}: reads and single writes, ${side}`);
    const opened = await tab.api.open(side);
    if (side === 'blocks') heapPerDocument = ((await heapOf(tab)) - before) / docs;
    const insertMs = await tab.api.insert(side, { from: docs, count: SINGLES });
    // Other ranges than those that are timed: what is measured is a page in use. The first range is told apart.
    await tab.api.range(side, { docs, count: RANGES, seed: 2_000 + round });
    const rangeMs = await tab.api.range(side, { docs, count: RANGES, seed: round });
    const byIdMs = await tab.api.byId(side, { docs, count: BY_ID, seed: round });
    const liveMs = side === 'plain' ? [] : await tab.api.live(side, { docs, count: LIVE, seed: round });
    sides[side] = {
      ...opened,
      liveMs,
      rate: rates[side],
      insertP50Ms: percentile(insertMs, 50),
      rangeP50Ms: percentile(rangeMs, 50),
      rangeP99Ms: percentile(rangeMs, 99),
      byIdP50Ms: percentile(byIdMs, 50),
    };
    await tab.api.close(side);
  }
  note(`round ${round} of ${bench.rounds}: search`);
  const indexMs = await tab.api.openSearch();
  const searched = async (kind: SearchKind) => tab.api.search(kind, { docs, count: SEARCHES, seed: round });
  const search = {
    words: await searched('words'),
    prefix: await searched('prefix'),
    mistyped: await searched('mistyped'),
  };
  await tab.api.closeSearch();
  return { sides, heapPerDocument, rssMiB: memory(), search, indexMs };
}

/** A tenth of the documents of each side at a time, so that a machine that gets slower meanwhile slows all. */
async function fillInTurn({ docs, rounds, note }: Bench, tab: Tab<BrowserPage>, round: number) {
  const ms: Record<Side, number> = { plain: 0, dexie: 0, blocks: 0 };
  const sides = ['plain', 'dexie', 'blocks'] as const;
  for (const side of sides) await tab.api.open(side);
  const part = Math.ceil(docs / 10);
  for (let from = 0; from < docs; from += part) {
    note(`round ${round} of ${rounds}: documents from ${from} on`);
    for (const side of sides) ms[side] += await tab.api.fill(side, { from, docs: Math.min(part, docs - from) });
  }
  for (const side of sides) await tab.api.close(side);
  const rate = (side: Side) => (docs / ms[side]) * 1_000;
  return { plain: rate('plain'), dexie: rate('dexie'), blocks: rate('blocks') };
}

function figuresOf(docs: number, rounds: readonly Round[]): Figures {
  const of = (side: Side, figure: Exclude<keyof Measured, 'liveMs'>) =>
    medianOf(rounds, ({ sides }) => sides[side][figure]);
  const live = (side: Side, percent: number) =>
    medianOf(rounds, ({ sides }) => percentile(sides[side].liveMs, percent));
  const found = (kind: SearchKind, percent: number) =>
    medianOf(rounds, ({ search }) => percentile(search[kind], percent));
  const docsPerSecond = of('blocks', 'rate');
  const controlDocsPerSecond = of('plain', 'rate');
  return {
    ratio: docsPerSecond / controlDocsPerSecond,
    docs,
    docsPerSecond,
    controlDocsPerSecond,
    dexieDocsPerSecond: of('dexie', 'rate'),
    rssMiB: Math.max(...rounds.map(({ rssMiB }) => rssMiB)),
    heapBytesPerDocument: medianOf(rounds, ({ heapPerDocument }) => heapPerDocument),
    openMs: of('blocks', 'openMs'),
    dexieOpenMs: of('dexie', 'openMs'),
    firstRangeMs: of('blocks', 'firstRangeMs'),
    insertP50Ms: of('blocks', 'insertP50Ms'),
    dexieInsertP50Ms: of('dexie', 'insertP50Ms'),
    controlInsertP50Ms: of('plain', 'insertP50Ms'),
    rangeP50Ms: of('blocks', 'rangeP50Ms'),
    rangeP99Ms: of('blocks', 'rangeP99Ms'),
    dexieRangeP50Ms: of('dexie', 'rangeP50Ms'),
    dexieRangeP99Ms: of('dexie', 'rangeP99Ms'),
    controlRangeP50Ms: of('plain', 'rangeP50Ms'),
    byIdP50Ms: of('blocks', 'byIdP50Ms'),
    dexieByIdP50Ms: of('dexie', 'byIdP50Ms'),
    controlByIdP50Ms: of('plain', 'byIdP50Ms'),
    liveP50Ms: live('blocks', 50),
    liveP95Ms: live('blocks', 95),
    dexieLiveP50Ms: live('dexie', 50),
    dexieLiveP95Ms: live('dexie', 95),
    indexMs: medianOf(rounds, ({ indexMs }) => indexMs),
    searchWordsP50Ms: found('words', 50),
    searchWordsP95Ms: found('words', 95),
    searchPrefixP50Ms: found('prefix', 50),
    searchPrefixP95Ms: found('prefix', 95),
    searchMistypedP50Ms: found('mistyped', 50),
    searchMistypedP95Ms: found('mistyped', 95),
  };
}
