import { type Profiler, Session } from 'node:inspector/promises';
import { nameJson } from './named-json.ts';
import { type Shares, sharesOf } from './owners.ts';

/** Watches this process with V8's sampling profiler, for as long as wanted and no longer. */
export interface ProcessProfiler {
  start(): Promise<void>;
  /** Ends watching and says where the time went. */
  stop(): Promise<Shares & { readonly ms: number }>;
}

/** Time between two samples, in microseconds. */
const INTERVAL_US = 200;

/** Makes a profiler; it does nothing until it is started. The same samples as `node --cpu-prof`, without start and end of the process. */
export function createProfiler(): ProcessProfiler {
  const session = new Session();
  let unnameJson = () => {};
  return {
    async start() {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
      unnameJson = nameJson();
      await session.post('Profiler.start');
    },
    async stop() {
      const { profile } = (await session.post('Profiler.stop')) as Profiler.StopReturnType;
      unnameJson();
      session.disconnect();
      return { ms: (profile.endTime - profile.startTime) / 1_000, ...sharesOf(profile) };
    },
  };
}
