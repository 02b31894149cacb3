import { hasCome } from '../clock.ts';
import { nextTime, type Schedule } from './schedule.ts';
import type { StreamPlan } from './start-stream.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';
import type { Timers } from './timers.ts';

/** Starts jobs. */
export interface Starters {
  readonly push: () => void;
  readonly read: (stream: EngineStream) => void;
  readonly scan: (stream: EngineStream) => void;
}

/** The schedules of the streams of one system, as timers. */
export interface SystemTimes {
  start(plans: readonly StreamPlan[]): void;
  /** True if a stream is to be pushed now. */
  isDue(stream: EngineStream, waiting: number): boolean;
  /** After a push: looks when the next row is due. */
  pushed(finished: boolean): Promise<void>;
  /** After a push that failed here, e.g. because the disk is full: sets the time of the next. */
  pushFailed(): void;
  /** After a job of a stream: sets the time of the next. */
  ran(stream: EngineStream): void;
}

/** Rows looked at to find the next time something is due; with more waiting, it is looked at again in a while. */
const LOOK_AHEAD = 500;
const LOOK_AGAIN_MS = 5_000;
const PUSH_AGAIN_MS = 1_000;

/** Plans the times of a system. */
export function planTimes(reach: SystemReach, timers: Timers, starters: Starters): SystemTimes {
  const { clock, store, system } = reach;
  const schedules = new Map<string, Schedule>();
  /** Streams whose batch is due, whatever its size. */
  const ripe = new Set<string>();

  const setRead = (stream: EngineStream, schedule: Schedule) => {
    if (schedule.pullEveryMs === null) return;
    timers.set(`read ${stream.name}`, clock.now() + schedule.pullEveryMs, () => starters.read(stream));
  };
  /** The pause begins when a comparison has ended: one that takes longer than the pause would be followed by the next at once. */
  const setScan = (stream: EngineStream, everyMs: number, after: number) => {
    timers.set(`scan ${stream.name}`, after + everyMs, () => {
      const now = clock.now();
      const ended = endOfScan(stream, now);
      const isDue = ended === null || ended + everyMs <= now;
      if (isDue) starters.scan(stream);
      setScan(stream, everyMs, isDue ? now : ended);
    });
  };
  const setCron = (stream: EngineStream, schedule: Schedule, index: number) => {
    const cron = schedule.crons[index];
    const at = cron === undefined ? null : nextTime(cron, clock.now());
    if (at === null) return;
    timers.set(`cron ${index} ${stream.name}`, at, () => {
      ripe.add(stream.name);
      starters.push();
      starters.scan(stream);
      setCron(stream, schedule, index);
    });
  };
  const setBatch = (stream: EngineStream, everyMs: number) => {
    timers.set(`batch ${stream.name}`, clock.now() + everyMs, () => {
      ripe.add(stream.name);
      starters.push();
      setBatch(stream, everyMs);
    });
  };
  const nextPush = async () => {
    const heads = await store.outboxHeads(system, { now: Number.MAX_SAFE_INTEGER, limit: LOOK_AHEAD });
    const now = clock.now();
    const soon = heads.filter(({ stream }) => schedules.get(stream)?.push.when === 'at-once');
    // What is due and was not pushed just now has a bug in its way, or became due this moment.
    const times = soon.map(({ notBefore }) => (hasCome(notBefore, now) ? now + PUSH_AGAIN_MS : notBefore));
    // Rows that could not be settled are no heads: they have to be asked for before anything of their lanes goes on.
    const next = Math.min(...times, reach.memory.leftSent ? now + PUSH_AGAIN_MS : Infinity);
    const bound = heads.length < LOOK_AHEAD ? Infinity : now + LOOK_AGAIN_MS;
    return Math.min(next, bound);
  };

  return {
    start(plans) {
      for (const { stream, schedule, scannedAt } of plans) {
        schedules.set(stream.name, schedule);
        const { scanEveryMs, push } = schedule;
        if (scanEveryMs !== null) setScan(stream, scanEveryMs, Math.min(scannedAt ?? Infinity, clock.now()));
        if (push.when === 'batch') setBatch(stream, push.everyMs);
        for (const index of schedule.crons.keys()) setCron(stream, schedule, index);
      }
    },
    isDue(stream, waiting) {
      const push = schedules.get(stream.name)?.push;
      if (push?.when === 'at-once' || ripe.has(stream.name)) return true;
      return push?.when === 'batch' && waiting >= push.size;
    },
    async pushed(finished) {
      ripe.clear();
      if (!finished) return starters.push();
      const at = await nextPush();
      if (Number.isFinite(at)) timers.set('push', at, starters.push);
    },
    pushFailed: () => timers.set('push', clock.now() + LOOK_AGAIN_MS, starters.push),
    ran(stream) {
      const schedule = schedules.get(stream.name);
      if (schedule !== undefined) setRead(stream, schedule);
    },
  };
}

/** When the last comparison ended, or now while one runs. Null if that is not known: a wrong clock told a time to come. */
function endOfScan(stream: EngineStream, now: number): number | null {
  const { comparing, scannedAt } = stream.memory.activity;
  if (comparing !== null) return now;
  return scannedAt === null || scannedAt > now ? null : scannedAt;
}
