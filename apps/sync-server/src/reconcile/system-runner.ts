import { DatastoreError } from '@datastores/core';
import { SystemError } from '../connectors/connector.ts';
import type { Circuit } from './circuit.ts';
import { compareStream } from './compare/compare-stream.ts';
import { createJobQueue } from './job-queue.ts';
import { messageOf } from './map-records.ts';
import { createNoticeTimes } from './notice-times.ts';
import { pullStream } from './pull.ts';
import { pushDue, settleUnknown } from './push-cycle.ts';
import { recheckStream } from './recheck.ts';
import { isHeld, letMappingGo, remapJob } from './remap-job.ts';
import type { ScanKind } from './scan-state.ts';
import type { StreamPlan } from './start-stream.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';
import { planTimes } from './system-times.ts';
import { createTimers } from './timers.ts';

/** Works on one system: one job at a time, when strategies, changes and the breaker say so. */
export interface SystemRunner {
  /** Begins to work: pulls everything that was never pulled, goes on with what was interrupted. */
  start(plans: readonly StreamPlan[]): void;
  /** Says that there are rows to push. */
  pushSoon(): void;
  /** Says that notices named records of a stream, which wait to be read. */
  noticed(stream: EngineStream): void;
  /** Says that `changes` of a stream has something to tell. */
  changed(stream: EngineStream): void;
  /** By hand: at once, even while the breaker is open (a probe goes first). Resolve when it was tried. */
  pullNow(stream: EngineStream): Promise<void>;
  pushNow(): Promise<void>;
  scanNow(stream: EngineStream, options: CompareAsked): Promise<void>;
  /** The same, but only looks. */
  compareNow(stream: EngineStream, options: CompareAsked): Promise<void>;
  /** Lets a mapping go that is held, and with it its stream. False if none is. */
  letMappingGo(stream: EngineStream): Promise<boolean>;
  /**
   * Runs work of an operator when nothing else runs, also while the breaker is open. Throws what it throws, a SystemError as
   * SYSTEM_UNAVAILABLE.
   */
  byHand<T>(work: () => Promise<T>): Promise<T>;
  busy(): boolean;
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** What a runner works with. */
export interface RunnerOptions {
  readonly reach: SystemReach;
  readonly circuit: Circuit;
  readonly check: () => Promise<void>;
  /** True once if the system has answered a call since it was last asked. */
  readonly takeAnswered: () => boolean;
  /** Told after every attempt at something. */
  readonly tried: () => void;
  /** Aborts running calls. */
  readonly abort: () => void;
}

/** How a job was asked for. */
interface Asked extends Partial<CompareAsked> {
  readonly byHand?: boolean;
}

/** How a comparison was asked for. */
export interface CompareAsked {
  readonly allowMassDelete: boolean;
  /** Read every record, whatever its digest. */
  readonly full?: boolean;
}

/** The runner of a system. Nothing happens before `start`. */
export function createSystemRunner(options: RunnerOptions): SystemRunner {
  const { reach, circuit, check, takeAnswered, tried, abort } = options;
  const queue = createJobQueue();
  const timers = createTimers(reach.clock);
  const streams = [...reach.streams.values()];
  let started = false;
  let handwork = 0;
  const between = async () => {
    reach.signal.throwIfAborted();
    await queue.runInside('push');
  };

  const bug = (stream: EngineStream | null, error: unknown) => {
    if (stream !== null) stream.memory.activity.error = messageOf(error);
    if (!reach.signal.aborted)
      reach.log.error('reconcile-failed', { system: reach.system, stream: stream?.name, error });
  };
  const failed = async (stream: EngineStream | null, error: unknown) => {
    if (reach.signal.aborted) return;
    if (!(error instanceof SystemError)) {
      if (stream === null) times.pushFailed();
      return bug(stream, error);
    }
    await circuit.failed(error);
    timers.set('retry', circuit.state().retryAt, catchUp);
  };
  /** Runs work if the breaker lets it; a failure is noted and never thrown. */
  const guarded = async (stream: EngineStream | null, asked: Asked, work: () => Promise<void>) => {
    try {
      const gate = circuit.gate();
      if (gate === 'wait' && !asked.byHand) {
        timers.set('retry', circuit.state().retryAt, catchUp);
        return;
      }
      if (gate !== 'run') await probe();
      takeAnswered();
      await work();
      if (takeAnswered()) await circuit.succeeded();
      if (stream !== null) stream.memory.activity.error = null;
    } catch (error) {
      await failed(stream, error).catch((cause) => bug(stream, cause));
    } finally {
      tried();
    }
  };
  const probe = async () => {
    await check();
    await circuit.succeeded();
    catchUp();
  };

  const push = (asked: Asked = {}) =>
    queue.request({
      name: asked.byHand ? 'push by hand' : 'push',
      urgency: 0,
      run: () =>
        guarded(null, asked, async () => {
          const isDue = (stream: EngineStream, waiting: number) =>
            !isHeld(stream) && (asked.byHand === true || times.isDue(stream, waiting));
          const finished = await pushDue(reach, { isDue, onBug: bug });
          await times.pushed(finished);
          recheckDue();
        }),
    });
  const streamJob =
    (kind: string, stream: EngineStream, work: (asked: Asked) => Promise<void>) =>
    (asked: Asked = {}) =>
      queue.request({
        name: `${kind} ${stream.name}${asked.byHand ? ' by hand' : ''}`,
        urgency: kind === 'recheck' ? 1 : kind === 'pull' ? 2 : 3,
        run: async () => {
          if (isHeld(stream)) return;
          await guarded(stream, asked, async () => {
            await settleUnknown(reach, stream);
            await work(asked);
            recheckDue();
          });
          times.ran(stream);
        },
      });
  const jobs = new Map(
    streams.map((stream) => {
      const { unfinished, activity } = stream.memory;
      let wanted = false;
      const comparing = (kind: ScanKind) => async (asked: Asked) => {
        const { allowMassDelete = false, full = false } = asked;
        const light = kind === 'scan' && !wanted && !asked.byHand;
        if (kind === 'scan' && !asked.byHand) wanted = false;
        if (!light) unfinished.add(kind);
        activity.comparing = light ? null : kind;
        try {
          await compareStream(reach, stream, { between, repairs: kind === 'scan', light, full, allowMassDelete });
          unfinished.delete(kind);
        } finally {
          activity.comparing = null;
        }
      };
      const compare = streamJob('compare', stream, comparing('compare'));
      // Takes the place of a pull where there is none. A comparison that was wanted meanwhile is one with it.
      const poll = streamJob('scan', stream, comparing('scan'));
      const scan = (asked: Asked = {}) => {
        wanted ||= !asked.byHand;
        return poll(asked);
      };
      const pull = streamJob('pull', stream, async () => {
        if ((await pullStream(reach, stream, between)) === 'done') return;
        void pull();
        void scan();
      });
      const recheck = streamJob('recheck', stream, async () => {
        const delay = await recheckStream(reach, stream, between);
        if (delay === 0) void recheck();
        else if (delay !== null) timers.set(`recheck ${stream.name}`, reach.clock.now() + delay, () => void recheck());
      });
      // A stream that cannot say what changed is compared as a whole, one that cannot be listed waits for notices.
      const whole = stream.stream.scan === undefined ? recheck : poll;
      const read = stream.stream.changes === undefined ? whole : pull;
      const remap = remapJob({ reach, queue, timers, between, bug }, stream, (step) => {
        if (step === 'read') readAll(stream);
        else recheckDue();
      });
      return [stream.name, { read, recheck, scan, compare, remap }] as const;
    }),
  );
  const readAll = (stream: EngineStream) => {
    void jobs.get(stream.name)?.read();
    if (stream.stream.scan !== undefined) void jobs.get(stream.name)?.scan();
  };
  const recheckDue = () => {
    for (const stream of streams) if (stream.memory.recheckDue) void jobs.get(stream.name)?.recheck();
  };
  const news = createNoticeTimes({ timers, clock: reach.clock, name: 'news' }, (stream) => {
    void jobs.get(stream.name)?.read();
  });
  const notices = createNoticeTimes({ timers, clock: reach.clock, name: 'notice' }, (stream) => {
    // Also where the breaker does not let it run: then it is done with what follows the probe.
    stream.memory.recheckDue = true;
    void jobs.get(stream.name)?.recheck();
  });
  const catchUp = () => {
    void push();
    for (const stream of streams) {
      void jobs.get(stream.name)?.read();
      for (const kind of stream.memory.unfinished) void jobs.get(stream.name)?.[kind]();
    }
    recheckDue();
  };
  const times = planTimes(reach, timers, {
    push: () => void push(),
    read: (stream) => void jobs.get(stream.name)?.read(),
    scan: (stream) => void jobs.get(stream.name)?.scan(),
  });

  return {
    start(plans) {
      started = true;
      times.start(plans);
      for (const { stream, begun } of plans) for (const kind of begun) void jobs.get(stream.name)?.[kind]();
      for (const { stream, remap } of plans) if (remap === 'kept') void jobs.get(stream.name)?.remap();
      catchUp();
    },
    pushSoon: () => {
      if (started) void push();
    },
    noticed: (stream) => {
      if (started) notices.noticed(stream);
    },
    changed: (stream) => {
      if (started && stream.stream.changes !== undefined) news.noticed(stream);
    },
    pullNow: async (stream) => jobs.get(stream.name)?.read({ byHand: true }),
    pushNow: () => push({ byHand: true }),
    scanNow: async (stream, options) => jobs.get(stream.name)?.scan({ byHand: true, ...options }),
    compareNow: async (stream, options) => jobs.get(stream.name)?.compare({ byHand: true, ...options }),
    letMappingGo: async (stream) => {
      const way = await letMappingGo(reach, stream);
      if (way === null) return false;
      if (way === 'read') readAll(stream);
      else void jobs.get(stream.name)?.remap();
      catchUp();
      return true;
    },
    async byHand(work) {
      const ran: { outcome?: PromiseSettledResult<Awaited<ReturnType<typeof work>>> } = {};
      handwork += 1;
      const run = async () => {
        const [outcome] = await Promise.allSettled([work()]);
        ran.outcome = outcome;
        if (outcome.status === 'rejected' && outcome.reason instanceof SystemError) {
          await failed(null, outcome.reason).catch((cause) => bug(null, cause));
        }
      };
      await queue.request({ name: `by hand ${handwork}`, urgency: 0, run });
      if (ran.outcome === undefined) throw new DatastoreError('SERVER_BUSY', 'The server is stopping.');
      if (ran.outcome.status === 'fulfilled') return ran.outcome.value;
      throw unavailable(reach.system, ran.outcome.reason);
    },
    busy: queue.busy,
    drained: queue.drained,
    async close() {
      timers.close();
      abort();
      await queue.close();
    },
  };
}

function unavailable(system: string, error: unknown): unknown {
  if (!(error instanceof SystemError)) return error;
  return new DatastoreError('SYSTEM_UNAVAILABLE', `${system} cannot be asked now: ${error.message}`, { cause: error });
}
