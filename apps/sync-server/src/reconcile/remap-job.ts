import type { JobQueue } from './job-queue.ts';
import type { Between } from './pull.ts';
import { beginRemap, type RemapStep, type RemapWay, remapSome } from './remap.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';
import type { Timers } from './timers.ts';

/** What the job works with. */
export interface RemapWork {
  readonly reach: SystemReach;
  readonly queue: JobQueue;
  readonly timers: Timers;
  readonly between: Between;
  /** Told of a failure here; it is tried again after a while. */
  readonly bug: (stream: EngineStream, error: unknown) => void;
}

/** How long after a failure here, e.g. a full disk, a mapping is taken up again. */
const REMAP_AGAIN_MS = 60_000;

/**
 * A job that applies a raised mapping to kept records, some at a time, so that other work has its turn. It needs no system, so
 * the breaker does not hold it. `ended` is told once nothing is left, and how it goes on.
 */
export function remapJob(
  { reach, queue, timers, between, bug }: RemapWork,
  stream: EngineStream,
  ended: (step: Exclude<RemapStep, 'more'>) => void,
): () => Promise<void> {
  const run = async () => {
    try {
      const step = await remapSome(reach, stream, between);
      if (step === 'more') void request();
      else ended(step);
    } catch (error) {
      bug(stream, error);
      timers.set(`remap ${stream.name}`, reach.clock.now() + REMAP_AGAIN_MS, () => void request());
    }
  };
  const request = (): Promise<void> => queue.request({ name: `remap ${stream.name}`, urgency: 3, run });
  return request;
}

/** Lets a mapping go that is held. Null if none is. */
export async function letMappingGo(reach: SystemReach, stream: EngineStream): Promise<RemapWay | null> {
  const held = stream.memory.remap;
  if (held?.is !== 'held') return null;
  // Not twice, if two ask for it at once.
  stream.memory.remap = { ...held, is: 'applying' };
  try {
    return await beginRemap(reach, stream, { from: held.from, letGo: true });
  } catch (error) {
    stream.memory.remap = held;
    throw error;
  }
}

/** What a mapping that waits for an operator would be needed for waits with it. */
export function isHeld({ memory }: EngineStream): boolean {
  return memory.remap?.is === 'held';
}
